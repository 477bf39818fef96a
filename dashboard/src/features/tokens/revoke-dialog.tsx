import { useState } from "react";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { PatternList } from "./pattern-list.tsx";
import { buyerOf, nameOf, revokeToken, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** Names whose token it is and what they lose; for good where its secret leaked. */
export function RevokeDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [isLeaked, setIsLeaked] = useState(false);
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  const { customerId, orderId } = buyerOf(token);
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Revoke this token?"
      confirm="Revoke token"
      onConfirm={async () => {
        await revokeToken(token.id, { ...(isLeaked ? { why: "leaked" as const } : {}), ...reasonOf(reason) });
        await tokensChanged();
        toast(`The token …${token.last_four} is revoked.`);
      }}
    >
      <p>
        The token <code>…{token.last_four}</code> of{" "}
        <strong className="font-semibold break-words text-ink">{nameOf(token)}</strong>
        {customerId !== undefined && <> (customer {customerId})</>}
        {orderId !== undefined && <>, order {orderId},</>} opens:
      </p>
      <PatternList token={token} />
      <ReasonField value={reason} onChange={setReason} placeholder="Chargeback 4711" />
      <Checkbox
        label="Its secret may be in wrong hands"
        hint="Then nothing brings it back: they need a new token."
        checked={isLeaked}
        onChange={(event) => setIsLeaked(event.target.checked)}
      />
      <Note tone="warn">
        Composer on their machines is refused from the next request on.{" "}
        {isLeaked ? "This is final." : "For 30 days it can be undone here, with the same secret."}
      </Note>
    </ConfirmDialog>
  );
}
