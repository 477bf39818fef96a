import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import type { InputHTMLAttributes, ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { CONTROL, Field } from "./field.tsx";
import { classNames } from "./class-names.ts";

/** A password, hidden until one asks to see it. */
export function PasswordField({
  label,
  hint,
  error,
  optional = false,
  className,
  ...rest
}: Omit<InputHTMLAttributes<HTMLInputElement>, "type"> & {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
}) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(tie) => (
        <div className="relative">
          <input
            {...tie}
            {...rest}
            type={shown ? "text" : "password"}
            spellCheck={false}
            autoCapitalize="none"
            className={classNames(CONTROL, "h-9 pr-10", className)}
          />
          <IconButton
            label={shown ? `Hide: ${label}` : `Show: ${label}`}
            className="absolute top-0.5 right-0.5"
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff className="size-4" /> : <Eye className="size-4" />}
          </IconButton>
        </div>
      )}
    </Field>
  );
}
