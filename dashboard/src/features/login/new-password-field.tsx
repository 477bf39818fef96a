import { Suspense, lazy } from "react";
import { PasswordField } from "../../ui/password-field.tsx";

const LENGTH_MIN = 12;

/** With a list of common passwords, so it comes when a password is long enough to be judged. */
const PasswordStrength = lazy(() => import("./password-strength.tsx"));

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
      minLength={LENGTH_MIN}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={error}
      hint={
        <>
          At least 12 characters, and none that everybody tries first: a few words in a row are easy to remember and
          hard to guess.
          {value.length >= LENGTH_MIN && (
            <Suspense>
              <PasswordStrength password={value} />
            </Suspense>
          )}
        </>
      }
    />
  );
}
