import { TextField } from "../../ui/field.tsx";
import type { FieldError } from "./move-dialog.tsx";
import type { NewOwner } from "./moves.ts";

/** Who has it from now on. */
export function NewOwnerFields({
  owner,
  onChange,
  field,
  pointers,
}: {
  owner: NewOwner;
  onChange: (owner: NewOwner) => void;
  field: FieldError;
  pointers: { customerId: string; email: string };
}) {
  return (
    <>
      <TextField
        label="The new owner's customer id in the shop"
        autoComplete="off"
        value={owner.customerId}
        error={field(pointers.customerId)}
        onChange={(event) => onChange({ ...owner, customerId: event.target.value })}
        hint="A customer of this id is made if there is none."
      />
      <TextField
        label="E-mail of the new owner"
        type="email"
        optional
        autoComplete="off"
        value={owner.email}
        error={field(pointers.email)}
        onChange={(event) => onChange({ ...owner, email: event.target.value })}
      />
    </>
  );
}
