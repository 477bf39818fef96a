import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { plural } from "../../ui/words.ts";
import { NewSecrets } from "../moves/new-secrets.tsx";
import { newOnceKey, useTokensChanged } from "../tokens/tokens.ts";
import { useAttempt } from "../tokens/use-attempt.ts";
import { customerAddress } from "./customer-address.ts";
import { transferCustomer, useMoved } from "./customer-care.ts";
import type { Transferred } from "./customer-care.ts";
import type { Customer } from "./customers.ts";

const OVERLAPS = [
  { value: "0", label: "Not at all" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "2592000", label: "30 days" },
] as const;
type Overlap = (typeof OVERLAPS)[number]["value"];

/** Gives the customer to a new owner. While the new secrets are shown, the dialog closes only on purpose. */
export function TransferDialog({
  customer,
  open,
  onClose,
}: {
  customer: Customer;
  open: boolean;
  onClose: () => void;
}) {
  const [done, setDone] = useState<Transferred>();
  const changed = useTokensChanged();
  const moved = useMoved();
  const close = () => {
    onClose();
    if (done === undefined) return;
    setDone(undefined);
    // Only now: by another id this page is another one, and what it shows cannot be shown again.
    if (done.customer_id === customer.customer_id) void changed();
    else void moved(customerAddress(done.shop, done.customer_id));
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      wide={done !== undefined}
      dismissible={done === undefined}
      title={done === undefined ? "Transfer to a new owner" : `The customer is ${done.email} now`}
      description={`Customer ${done?.customer_id ?? customer.customer_id} of the shop ${customer.shop}`}
    >
      {done === undefined ? (
        <TransferForm customer={customer} onDone={setDone} onClose={close} />
      ) : (
        <NewSecrets tokens={done.tokens} warnings={done.warnings} onClose={close} />
      )}
    </Dialog>
  );
}

function TransferForm({
  customer,
  onDone,
  onClose,
}: {
  customer: Customer;
  onDone: (done: Transferred) => void;
  onClose: () => void;
}) {
  const [email, setEmail] = useState("");
  const [customerId, setCustomerId] = useState("");
  const [overlap, setOverlap] = useState<Overlap>("0");
  const [onceKey] = useState(newOnceKey);
  const mayRename = useMay("customers:write");
  const { busy, attempt, field, otherError } = useAttempt();
  const other = otherError(["/email", "/customer_id"]);
  const live = customer.tokens.active + customer.tokens.suspended + customer.tokens.expired;
  const transfer = () =>
    attempt(async () => {
      const newId = customerId.trim();
      const to = { email: email.trim(), overlap_seconds: Number(overlap), ...(newId !== "" && { customer_id: newId }) };
      // The same press again gets the same secrets; anything changed is another transfer.
      onDone(await transferCustomer(customer, to, `${onceKey}-${fingerprint(to)}`));
    });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void transfer();
      }}
      className="flex flex-col gap-4"
    >
      <p className="text-ink-2">
        Somebody else has their licences from now on: {plural(live, "token")} get{live === 1 ? "s" : ""} a new secret,
        and the new address takes the place of the old one. Packages, expiry and history stay.
      </p>
      <TextField
        label="E-mail of the new owner"
        type="email"
        autoComplete="off"
        value={email}
        error={field("/email")}
        onChange={(event) => setEmail(event.target.value)}
      />
      {mayRename && (
        <TextField
          label="Their customer id in the shop"
          optional
          autoComplete="off"
          placeholder={customer.customer_id}
          value={customerId}
          error={field("/customer_id")}
          onChange={(event) => setCustomerId(event.target.value)}
          hint="Where the shop has an account for them. Later sales find the customer by it."
        />
      )}
      <Choices
        legend="How long the old secrets go on working"
        choices={OVERLAPS}
        value={overlap}
        onChange={setOverlap}
      />
      {customer.revoked_at !== null && (
        <Note tone="warn">What was revoked cannot be restored afterwards: its secrets are the old owner&apos;s.</Note>
      )}
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Transfer the customer
        </Button>
      </Actions>
    </form>
  );
}

/** Tells one set of answers from another, without holding the address. */
function fingerprint(value: object): string {
  let hash = 5381;
  for (const character of JSON.stringify(value)) hash = (hash * 33 + (character.codePointAt(0) ?? 0)) % 4_294_967_296;
  return hash.toString(36);
}
