import { useState } from "react";
import { TextField } from "../../ui/field.tsx";
import type { Customer } from "../customers/customers.ts";
import { MoveDialog } from "./move-dialog.tsx";
import { moveOrder, previewOrderMove, useEverythingChanged } from "./moves.ts";
import { NewOwnerFields } from "./new-owner-fields.tsx";

/** Gives one order of a customer to another one, with what it opens. */
export function MoveOrderDialog({
  customer,
  open,
  onClose,
}: {
  customer: Customer;
  open: boolean;
  onClose: () => void;
}) {
  const [order, setOrder] = useState("");
  const [owner, setOwner] = useState({ customerId: "", email: "" });
  const changed = useEverythingChanged();
  const of = { customerId: customer.customer_id, shop: customer.shop };
  return (
    <MoveDialog
      open={open}
      onClose={onClose}
      title="Give an order to somebody else"
      description={`Of customer ${customer.customer_id} of the shop ${customer.shop}`}
      confirm="Give the order away"
      isReady={order.trim() !== "" && owner.customerId.trim() !== ""}
      pointers={["/to_customer_id", "/to_email"]}
      preview={() => previewOrderMove(of, order.trim(), owner)}
      move={(rotate, onceKey) => moveOrder(of, order.trim(), owner, rotate, onceKey)}
      onDone={() => void changed()}
    >
      {(field) => (
        <>
          <p className="text-ink-2">
            Its tokens and lines change hands; other orders stay. A renewal or a refund from the shop still reaches it.
          </p>
          <TextField
            label="Order"
            autoComplete="off"
            value={order}
            onChange={(event) => setOrder(event.target.value)}
            hint="Its number in the shop, exactly."
          />
          <NewOwnerFields
            owner={owner}
            onChange={setOwner}
            field={field}
            pointers={{ customerId: "/to_customer_id", email: "/to_email" }}
          />
        </>
      )}
    </MoveDialog>
  );
}
