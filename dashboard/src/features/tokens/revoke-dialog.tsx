import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { PatternList } from "./pattern-list.tsx";
import { buyerOf, nameOf, revokeToken, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** Names whose token it is and what they lose; final. */
export function RevokeDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
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
        await revokeToken(token.id);
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
      <Note tone="warn">
        Composer on their machines is refused from the next request on. This is final: a revoked token never works
        again, they would need a new one.
      </Note>
    </ConfirmDialog>
  );
}
