import { useState } from "react";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useTokensChanged } from "../tokens/tokens.ts";
import { resumeCustomer, suspendCustomer } from "./customer-care.ts";
import type { Customer } from "./customers.ts";

/** Closes everything a customer has for a while, or ends that. */
export function SuspendCustomerDialog({
  customer,
  open,
  onClose,
}: {
  customer: Customer;
  open: boolean;
  onClose: () => void;
}) {
  const [reason, setReason] = useState("");
  const changed = useTokensChanged();
  const toast = useToast();
  const isSuspended = customer.suspended_at !== null;
  const name = (
    <strong className="font-semibold [overflow-wrap:anywhere] text-ink">
      {customer.email ?? `Customer ${customer.customer_id}`}
    </strong>
  );
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={isSuspended ? "Resume this customer?" : "Suspend this customer?"}
      confirm={isSuspended ? "Resume" : "Suspend"}
      {...(isSuspended ? { kind: "primary" as const } : {})}
      onConfirm={async () => {
        if (isSuspended) await resumeCustomer(customer, reasonOf(reason));
        else await suspendCustomer(customer, reasonOf(reason));
        await changed();
        toast(isSuspended ? "The customer is resumed." : "The customer is suspended.");
      }}
    >
      {isSuspended ? (
        <p>What {name} has opens again from the next request on, until the ends it has.</p>
      ) : (
        <p>
          Nothing that {name} has, or buys meanwhile, opens anything from the next request on; composer says that it is
          suspended.
        </p>
      )}
      <ReasonField value={reason} onChange={setReason} placeholder={isSuspended ? "Paid" : "The invoice is unpaid"} />
      <Note>
        {isSuspended
          ? "A token or an order that was suspended by itself stays so."
          : "No date moves. Resume, and everything works again without a change on their side."}
      </Note>
    </ConfirmDialog>
  );
}
