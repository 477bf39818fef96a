import { useMutation } from "@tanstack/react-query";
import { KeyRound, Smartphone } from "lucide-react";
import { useState } from "react";
import { api } from "../../api/client.ts";
import { useSessionChanged, useUser } from "../../api/session.ts";
import { PlainPage } from "../../layout/plain-page.tsx";
import { Button } from "../../ui/button.tsx";
import { AddPasskeyDialog } from "../account/add-passkey-dialog.tsx";
import { TurnOnTotpDialog } from "../account/turn-on-totp-dialog.tsx";
import { hasPasskeys } from "../login/passkey-button.tsx";
import { roleLabel } from "../users/roles.ts";

/** All that there is for somebody whose role must have a second factor, until there is one. */
export default function SecondFactorNeeded({ onDone }: { onDone: () => void }) {
  const user = useUser();
  const sessionChanged = useSessionChanged();
  const logOut = useMutation({ mutationFn: () => api.DELETE("/api/session"), onSettled: sessionChanged });
  const [adding, setAdding] = useState<"authenticator" | "passkey">();
  const close = () => {
    setAdding(undefined);
    onDone();
  };
  return (
    <PlainPage
      title="Set up a second factor"
      description={`Here everybody with the role ${roleLabel(user.role)} logs in with more than a password. It takes a minute, and then you go on.`}
    >
      <div className="flex flex-col gap-3">
        <Button kind="primary" icon={<Smartphone className="size-4" />} onClick={() => setAdding("authenticator")}>
          Set up an authenticator app
        </Button>
        {hasPasskeys() && (
          <Button icon={<KeyRound className="size-4" />} onClick={() => setAdding("passkey")}>
            Add a passkey
          </Button>
        )}
        <button type="button" className="mt-3 text-ink-2 hover:underline" onClick={() => logOut.mutate()}>
          Log out
        </button>
      </div>
      {adding === "authenticator" && <TurnOnTotpDialog onClose={close} />}
      {adding === "passkey" && <AddPasskeyDialog onClose={close} />}
    </PlainPage>
  );
}
