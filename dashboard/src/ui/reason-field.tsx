import { TextField } from "./field.tsx";

/** Why something of weight is done; it is kept in the history. */
export function ReasonField({
  value,
  onChange,
  placeholder,
}: {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
}) {
  return (
    <TextField
      label="Reason"
      optional
      hint="Shown in the history; the customer is not told."
      maxLength={500}
      value={value}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** As the API takes it: absent where nothing was written. */
export function reasonOf(text: string): { reason?: string } {
  const reason = text.trim();
  return reason === "" ? {} : { reason };
}
