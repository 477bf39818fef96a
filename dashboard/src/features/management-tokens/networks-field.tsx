import { TextField } from "../../ui/field.tsx";

/** Where a token may be used from: addresses and networks with commas between them. */
export function NetworksField({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}) {
  return (
    <TextField
      label="Only from these networks"
      optional
      hint="Addresses or networks of your shop, such as 203.0.113.7 or 203.0.113.0/24, with commas between them. Empty: from everywhere."
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={error}
    />
  );
}

/** What was typed; null where nothing was. */
export function networksIn(text: string): string[] | null {
  const networks = text.split(/[\s,]+/).filter((network) => network !== "");
  return networks.length === 0 ? null : networks;
}
