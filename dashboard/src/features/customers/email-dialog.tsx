import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useTokensChanged } from "../tokens/tokens.ts";
import { useAttempt } from "../tokens/use-attempt.ts";
import { changeEmail } from "./customers.ts";
import type { Customer } from "./customers.ts";

export function EmailDialog({ customer, open, onClose }: { customer: Customer; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Change the e-mail address"
      description={`Customer ${customer.customer_id} of the shop ${customer.shop}`}
    >
      <EmailForm customer={customer} onClose={onClose} />
    </Dialog>
  );
}

function EmailForm({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const [email, setEmail] = useState(customer.email ?? "");
  const { busy, attempt, field, otherError } = useAttempt();
  const changed = useTokensChanged();
  const toast = useToast();
  const other = otherError(["/email"]);
  const save = () =>
    attempt(async () => {
      await changeEmail(customer, email.trim() === "" ? null : email.trim());
      await changed();
      toast(email.trim() === "" ? "The address was removed." : `The address is ${email.trim()} now.`);
      onClose();
    });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      className="flex flex-col gap-4"
    >
      <TextField
        label="E-mail"
        type="email"
        autoComplete="off"
        autoFocus
        value={email}
        error={field("/email")}
        onChange={(event) => setEmail(event.target.value)}
        hint="Mails about everything that was sold so far go here from now on. A later sale with another address does not change it."
      />
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Save address
        </Button>
      </Actions>
    </form>
  );
}
