import { CONTROL } from "./field.tsx";

/** Narrows a list to one state; nothing chosen is every state, and `""` is what `onChange` gets then. */
export function StateSelect<S extends string>({
  states,
  value,
  onChange,
}: {
  states: readonly { state: S; label: string }[];
  value: S | undefined;
  onChange: (state: string) => void;
}) {
  return (
    <select
      aria-label="State"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
      className={`${CONTROL} h-9 w-40`}
    >
      <option value="">Every state</option>
      {states.map(({ state, label }) => (
        <option key={state} value={state}>
          {label}
        </option>
      ))}
    </select>
  );
}
