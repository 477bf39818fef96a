import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { plural } from "../../ui/words.ts";
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
      confirm={`Revoke ${plural(active + expired, "token")}`}
      onConfirm={async () => {
        const revoked = await revokeEverything(customer);
        await changed();
        toast(`${plural(revoked.tokens_revoked, "token")} revoked.`);
      }}
    >
      <p>
        <strong className="font-semibold break-words text-ink">
          {customer.email ?? `Customer ${customer.customer_id}`}
        </strong>{" "}
        (customer {customer.customer_id} of the shop {customer.shop}) has {plural(active, "token")} that{" "}
        {active === 1 ? "works" : "work"}
        {expired > 0 && <> and {expired.toLocaleString()} expired</>}. All of them and every grant of the customer end.
      </p>
      <Note tone="warn">
        Composer on their machines is refused from the next request on. It can be restored here, and the shop may sell
        to them again.
      </Note>
    </ConfirmDialog>
  );
}
