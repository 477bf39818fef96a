import { useState } from "react";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { plural } from "../../ui/words.ts";
import { useTokensChanged } from "../tokens/tokens.ts";
import { restoreCustomer } from "./customer-care.ts";
import type { Customer } from "./customers.ts";

export function RestoreDialog({ customer, open, onClose }: { customer: Customer; open: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const changed = useTokensChanged();
  const toast = useToast();
  const restore = async () => {
    const { tokens_restored: tokens, grants_restored: grants } = await restoreCustomer(customer, reasonOf(reason));
    await changed();
    toast(`${plural(tokens, "token")} and ${plural(grants, "grant")} restored.`);
  };
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Restore what was revoked?"
      confirm="Restore"
      kind="primary"
      onConfirm={restore}
    >
      <p>
        Everything of{" "}
        <strong className="font-semibold [overflow-wrap:anywhere] text-ink">
          {customer.email ?? `Customer ${customer.customer_id}`}
        </strong>{" "}
        was revoked{" "}
        {customer.revoked_at !== null && (
          <>
            on <Time at={customer.revoked_at} as="date-time" />
          </>
        )}
        . The tokens that ended then work again with the secrets their owner has, and the grants are what they were.
      </p>
      <ReasonField value={reason} onChange={setReason} />
      <Note>Tokens that were revoked by themselves stay revoked.</Note>
    </ConfirmDialog>
  );
}
