import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useTokensChanged } from "../tokens/tokens.ts";
import type { GrantOwner } from "./lines.ts";

/** An order with a number. */
export interface NumberedOrder {
  owner: GrantOwner;
  orderId: string;
}

/** Closes everything of an order for a while, or ends that. */
export function SuspendOrderDialog({
  of: { owner, orderId },
  ends,
  open,
  onClose,
}: {
  of: NumberedOrder;
  /** It is suspended, and is resumed. */
  ends: boolean;
  open: boolean;
  onClose: () => void;
}) {
  const [reason, setReason] = useState("");
  const changed = useTokensChanged();
  const toast = useToast();
  const name = (
    <strong className="font-semibold wrap-anywhere text-ink">
      order <bdi>{orderId}</bdi>
    </strong>
  );
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={ends ? "Resume this order?" : "Suspend this order?"}
      confirm={ends ? "Resume order" : "Suspend order"}
      {...(ends ? { kind: "primary" as const } : {})}
      onConfirm={async () => {
        const asked = {
          params: { path: { order_id: orderId }, query: { shop: owner.shop } },
          body: { customer_id: owner.customerId, ...reasonOf(reason) },
        };
        const { tokens, grants } = await unwrap(
          ends ? api.POST("/api/orders/{order_id}/resume", asked) : api.POST("/api/orders/{order_id}/suspend", asked),
        );
        await changed();
        if (tokens.length === 0 && grants === 0) toast(`Nothing of order ${orderId} changed.`);
        else toast(ends ? `Order ${orderId} is resumed.` : `Order ${orderId} is suspended.`);
      }}
    >
      {ends ? (
        <p>What was bought with {name} opens again from the next request on, until the end it has.</p>
      ) : (
        <p>
          Nothing of {name} opens from the next request on, also what is sold under its number meanwhile; composer says
          that it is suspended.
        </p>
      )}
      <ReasonField value={reason} onChange={setReason} placeholder={ends ? "Paid" : "The invoice is unpaid"} />
      <Note>
        {ends
          ? "What is suspended with the customer, or a token that is suspended by itself, stays so."
          : "No date moves, and what they bought with other orders goes on."}
      </Note>
    </ConfirmDialog>
  );
}
