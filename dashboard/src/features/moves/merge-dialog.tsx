import { useState } from "react";
import { TextField } from "../../ui/field.tsx";
import { customerAddress } from "../customers/customer-address.ts";
import { useMoved } from "../customers/customer-care.ts";
import type { Customer } from "../customers/customers.ts";
import { MoveDialog } from "./move-dialog.tsx";
import { mergeCustomers, previewMerge } from "./moves.ts";

/** Makes this customer and another one the same. */
export function MergeDialog({ customer, open, onClose }: { customer: Customer; open: boolean; onClose: () => void }) {
  const [into, setInto] = useState("");
  const moved = useMoved();
  const of = { customerId: customer.customer_id, shop: customer.shop };
  return (
    <MoveDialog
      open={open}
      onClose={onClose}
      title="Merge into another customer"
      description={`Customer ${customer.customer_id} of the shop ${customer.shop}`}
      confirm="Merge the customers"
      isReady={into.trim() !== ""}
      pointers={["/into"]}
      preview={() => previewMerge(of, into.trim())}
      move={(rotate, onceKey) => mergeCustomers(of, into.trim(), rotate, `${onceKey}-${into.trim()}`)}
      onDone={(done) => void moved(customerAddress(done.shop, done.customer_id))}
    >
      {(field) => (
        <>
          <p className="text-ink-2">
            For one person with two accounts. Everything of customer {customer.customer_id} goes to the other one, and
            the shop may go on using either id. Nothing that ended comes back.
          </p>
          <TextField
            label="The id of the customer who stays"
            autoComplete="off"
            value={into}
            error={field("/into")}
            onChange={(event) => setInto(event.target.value)}
            hint="As the shop calls them; it is on their page."
          />
        </>
      )}
    </MoveDialog>
  );
}
