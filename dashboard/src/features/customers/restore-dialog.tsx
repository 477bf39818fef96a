import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { plural } from "../../ui/words.ts";
import { useTokensChanged } from "../tokens/tokens.ts";
import { restoreCustomer } from "./customer-care.ts";
import type { Customer } from "./customers.ts";

export function RestoreDialog({ customer, open, onClose }: { customer: Customer; open: boolean; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const changed = useTokensChanged();
  const toast = useToast();
  const restore = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const { tokens_restored: tokens, grants_restored: grants } = await restoreCustomer(customer);
      await changed();
      toast(`${plural(tokens, "token")} and ${plural(grants, "grant")} restored.`);
      onClose();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onClose={onClose} title="Restore what was revoked?">
      <div className="flex flex-col gap-3 text-ink-2">
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
        <Note>Tokens that were revoked by themselves stay revoked.</Note>
      </div>
      {error !== undefined && <ErrorNote error={error} className="mt-4" />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" busy={busy} onClick={() => void restore()}>
          Restore
        </Button>
      </Actions>
    </Dialog>
  );
}
