import { useState } from "react";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
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
  const [reason, setReason] = useState("");
  const { active, suspended, expired } = customer.tokens;
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Revoke everything?"
      confirm={`Revoke ${plural(active + suspended + expired, "token")}`}
      onConfirm={async () => {
        const revoked = await revokeEverything(customer, reasonOf(reason));
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
        {suspended > 0 && <>, {suspended.toLocaleString()} suspended</>}
        {expired > 0 && <> and {expired.toLocaleString()} expired</>}. All of them and every grant of the customer end.
      </p>
      <ReasonField value={reason} onChange={setReason} placeholder="Chargeback 4711" />
      <Note tone="warn">
        Composer on their machines is refused from the next request on. It can be restored here, and the shop may sell
        to them again.
      </Note>
    </ConfirmDialog>
  );
}
