import { PasswordField } from "../../ui/password-field.tsx";

/** The rule stands there before anybody can break it. */
export function NewPasswordField({
  label = "Password",
  value,
  onChange,
  error,
}: {
  label?: string;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}) {
  return (
    <PasswordField
      label={label}
      name="new-password"
      autoComplete="new-password"
      required
      minLength={12}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={error}
      hint="At least 12 characters. Nothing else is asked for: a few words in a row are easy to remember and hard to guess."
    />
  );
}
