import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useTokensChanged } from "../tokens/tokens.ts";
import { revokeEverything } from "./customers.ts";
import type { Customer } from "./customers.ts";

export function RevokeEverythingDialog({
  customer,
  open,
  onClose,
}: {
  customer: Customer;
  open: boolean;
  onClose: () => void;
}) {
  const changed = useTokensChanged();
  const toast = useToast();
  const { active, expired } = customer.tokens;
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Revoke everything?"
      confirm={`Revoke ${countTokens(active + expired)}`}
      onConfirm={async () => {
        const revoked = await revokeEverything(customer);
        await changed();
        toast(`${countTokens(revoked.tokens_revoked)} revoked.`);
      }}
    >
      <p>
        <strong className="font-semibold break-words text-ink">
          {customer.email ?? `Customer ${customer.customer_id}`}
        </strong>{" "}
        (customer {customer.customer_id} of the shop {customer.shop}) has {countTokens(active)} that{" "}
        {active === 1 ? "works" : "work"}
        {expired > 0 && <> and {expired.toLocaleString()} expired</>}. All of them and every grant of the customer end.
      </p>
      <Note tone="warn">
        Composer on their machines is refused from the next request on. This is final; the shop may sell to them again.
      </Note>
    </ConfirmDialog>
  );
}

/** "1 token", "3 tokens". */
export function countTokens(count: number): string {
  return count === 1 ? "1 token" : `${count.toLocaleString()} tokens`;
}
