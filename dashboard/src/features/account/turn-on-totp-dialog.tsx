import { useState } from "react";
import type { SubmitEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { useConfirmTotp, useStartTotp } from "./account.ts";
import { PasswordStep } from "./password-step.tsx";
import { QrCode } from "./qr-code.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";

/** Password, then the code to scan, then the proof that it was scanned, then the recovery codes. */
export function TurnOnTotpDialog({ onClose }: { onClose: () => void }) {
  const start = useStartTotp();
  const [codes, setCodes] = useState<string[]>();
  const step = codes !== undefined ? 3 : start.data !== undefined ? 2 : 1;
  const titles = { 1: "Set up an authenticator app", 2: "Scan the code", 3: "The authenticator app is set up" };
  return (
    <Dialog
      open
      onClose={onClose}
      dismissible={step !== 3}
      title={titles[step]}
      {...(step === 1 ? { description: "Logging in will take a code from an authenticator app on your phone." } : {})}
    >
      {codes !== undefined ? (
        <RecoveryCodes codes={codes} onDone={onClose} />
      ) : start.data !== undefined ? (
        <ScanStep secret={start.data.secret} uri={start.data.uri} onConfirmed={setCodes} onCancel={onClose} />
      ) : (
        <PasswordStep
          action="Continue"
          busy={start.isPending}
          error={start.error}
          onSubmit={(password) => start.mutate(password)}
          onCancel={onClose}
        />
      )}
    </Dialog>
  );
}

const SUBJECTS = { "/code": "This" };

function ScanStep({
  secret,
  uri,
  onConfirmed,
  onCancel,
}: {
  secret: string;
  uri: string;
  onConfirmed: (recoveryCodes: string[]) => void;
  onCancel: () => void;
}) {
  const confirm = useConfirmTotp();
  const [code, setCode] = useState("");
  const problems = formProblems(confirm.error, SUBJECTS);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    confirm.mutate(code.replaceAll(/\s/g, ""), { onSuccess: (answer) => onConfirmed(answer.recovery_codes) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <div className="flex flex-col items-center gap-4 sm:flex-row sm:items-start">
        <QrCode text={uri} label="QR code for the authenticator app" />
        <div className="min-w-0 text-ink-2">
          <p>With the authenticator app of your phone or password manager.</p>
          <p className="mt-3">No camera? Type this in:</p>
          <p className="mt-1 flex items-start gap-1">
            <code className="min-w-0 text-ink select-all">{inGroups(secret)}</code>
            <CopyIcon text={secret} label="Copy secret" />
          </p>
        </div>
      </div>
      <TextField
        label="Code from the app"
        hint="Six digits; they change every 30 seconds."
        mono
        required
        autoFocus
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
        placeholder="123 456"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        error={problems.at("/code")}
        className="max-w-40"
      />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit" busy={confirm.isPending} disabled={code.trim() === ""}>
          Turn on
        </Button>
      </Actions>
    </form>
  );
}

/** Four letters at a time, as people read them aloud. */
function inGroups(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(" ") ?? secret;
}
