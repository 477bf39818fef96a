import { useState } from "react";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { nameOf, restoreToken, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** Takes a revocation back, while that is possible. */
export function RestoreTokenDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Undo the revocation?"
      confirm="Restore token"
      kind="primary"
      onConfirm={async () => {
        await restoreToken(token.id, reasonOf(reason));
        await tokensChanged();
        toast(`The token …${token.last_four} is restored.`);
      }}
    >
      <p>
        The token <code>…{token.last_four}</code> of{" "}
        <strong className="font-semibold [overflow-wrap:anywhere] text-ink">{nameOf(token)}</strong> works again with
        the secret they have, until the end it had.
      </p>
      <ReasonField value={reason} onChange={setReason} placeholder="It was the wrong order" />
      {token.restorable_until !== null && (
        <Note>
          Possible until <Time at={token.restorable_until} as="date-time" />. If the secret may be in wrong hands, make
          a new token instead.
        </Note>
      )}
    </ConfirmDialog>
  );
}
