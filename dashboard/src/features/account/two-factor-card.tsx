import { ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useAccount, useDisableTotp, useRenewRecoveryCodes } from "./account.ts";
import type { Account } from "./account.ts";
import { PasswordStep } from "./password-step.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { TurnOnTotpDialog } from "./turn-on-totp-dialog.tsx";

const FEW_CODES = 3;

export function TwoFactorCard() {
  const account = useAccount();
  const [doing, setDoing] = useState<"on" | "off" | "codes">();
  const done = () => setDoing(undefined);
  return (
    <Card
      title="Authenticator app"
      description="A code from your phone besides the password: a stolen password alone opens nothing."
    >
      {account.data !== undefined ? (
        <TwoFactorState account={account.data} onDo={setDoing} />
      ) : account.isError ? (
        <ErrorNote error={account.error} onRetry={() => void account.refetch()} />
      ) : (
        <Skeleton className="h-9 w-72 max-w-full" />
      )}
      {doing === "on" && <TurnOnTotpDialog onClose={done} />}
      {doing === "off" && <TurnOffDialog onClose={done} />}
      {doing === "codes" && <NewCodesDialog onClose={done} />}
    </Card>
  );
}

function TwoFactorState({ account, onDo }: { account: Account; onDo: (what: "on" | "off" | "codes") => void }) {
  if (!account.totp_enabled) {
    return (
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <p className="flex min-w-0 flex-1 basis-60 items-center gap-2.5">
          <ShieldOff className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
          <span className="font-medium">Off</span>
          {account.passkeys > 0 && <span className="text-ink-2">your passkey is the second factor</span>}
        </p>
        <div className="flex flex-wrap gap-2">
          {account.passkeys > 0 && <Button onClick={() => onDo("codes")}>New recovery codes</Button>}
          <Button kind="primary" onClick={() => onDo("on")}>
            Turn on
          </Button>
        </div>
      </div>
    );
  }
  const left = account.unused_recovery_codes;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <p className="flex min-w-0 flex-1 basis-60 items-center gap-2.5">
          <ShieldCheck className="size-5 shrink-0 text-good" aria-hidden="true" />
          <Badge tone="good">On</Badge>
          <span className="text-ink-2">{left === 1 ? "1 recovery code" : `${left} recovery codes`} left</span>
        </p>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => onDo("codes")}>New recovery codes</Button>
          <Button kind="danger" onClick={() => onDo("off")}>
            Turn off
          </Button>
        </div>
      </div>
      {left < FEW_CODES && (
        <Note tone="warn">
          {left === 0 ? "No recovery code is left" : "Few recovery codes are left"}: make new ones before you need them.
        </Note>
      )}
    </div>
  );
}

function TurnOffDialog({ onClose }: { onClose: () => void }) {
  const disable = useDisableTotp();
  const toast = useToast();
  const run = (password: string) =>
    disable.mutate(password, {
      onSuccess: () => {
        toast("The authenticator app is off");
        onClose();
      },
    });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Turn off the authenticator app?"
      description="Without a passkey your password alone logs you in then, and the recovery codes stop working. The entry in your authenticator app is of no use any more."
    >
      <PasswordStep
        danger
        action="Turn off"
        busy={disable.isPending}
        error={disable.error}
        onSubmit={run}
        onCancel={onClose}
      />
    </Dialog>
  );
}

function NewCodesDialog({ onClose }: { onClose: () => void }) {
  const renew = useRenewRecoveryCodes();
  const codes = renew.data?.recovery_codes;
  return (
    <Dialog
      open
      onClose={onClose}
      dismissible={codes === undefined}
      title="New recovery codes"
      {...(codes === undefined ? { description: "Those you have kept until now stop working." } : {})}
    >
      {codes === undefined ? (
        <PasswordStep
          action="Make new codes"
          busy={renew.isPending}
          error={renew.error}
          onSubmit={(password) => renew.mutate(password)}
          onCancel={onClose}
        />
      ) : (
        <RecoveryCodes codes={codes} onDone={onClose} />
      )}
    </Dialog>
  );
}
