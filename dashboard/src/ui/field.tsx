import { useId } from "react";
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from "react";
import { classNames } from "./class-names.ts";

export const CONTROL =
  "w-full rounded-lg border border-line-strong bg-surface px-3 text-ink shadow-card placeholder:text-ink-3 hover:border-ink-3 focus:border-accent focus:outline-2 focus:outline-offset-0 focus:outline-accent/40 disabled:bg-sunken disabled:text-ink-3 aria-invalid:border-bad";

interface FieldLook {
  label: string;
  /** What it is for, in a sentence. */
  hint?: ReactNode;
  /** What is wrong, in words. */
  error?: string | undefined;
  /** Not shown as needed. */
  optional?: boolean;
}

/** A label, a control, its hint and what is wrong with it, tied together for screen readers. */
export function Field({
  label,
  hint,
  error,
  optional = false,
  children,
}: FieldLook & {
  children: (tie: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": true | undefined;
  }) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [error !== undefined && errorId, hint !== undefined && hintId].filter(Boolean).join(" ");
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
        {optional && <span className="ml-1.5 font-normal text-ink-3">optional</span>}
      </label>
      {children({
        id,
        "aria-describedby": describedBy === "" ? undefined : describedBy,
        "aria-invalid": error === undefined ? undefined : true,
      })}
      {error !== undefined && (
        <p id={errorId} className="text-bad">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={hintId} className="text-[0.93rem] text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  optional,
  className,
  mono,
  ...rest
}: FieldLook & InputHTMLAttributes<HTMLInputElement> & { mono?: boolean }) {
  return (
    <Field {...fieldLook({ label, hint, error, optional })}>
      {(tie) => (
        <input
          type="text"
          {...tie}
          {...rest}
          className={classNames(CONTROL, "h-9", mono === true && "font-mono", className)}
        />
      )}
    </Field>
  );
}

/** The system's own list: works by keyboard, on a phone and with a screen reader. */
export function SelectField({
  label,
  hint,
  error,
  optional,
  className,
  children,
  ...rest
}: FieldLook & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field {...fieldLook({ label, hint, error, optional })}>
      {(tie) => (
        <select {...tie} {...rest} className={classNames(CONTROL, "h-9", className)}>
          {children}
        </select>
      )}
    </Field>
  );
}

function fieldLook({ label, hint, error, optional }: { [K in keyof FieldLook]: FieldLook[K] | undefined }): FieldLook {
  return {
    label: label ?? "",
    ...(hint === undefined ? {} : { hint }),
    ...(error === undefined ? {} : { error }),
    ...(optional === undefined ? {} : { optional }),
  };
}

/** A tick box with a name and a sentence. */
export function Checkbox({
  label,
  hint,
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId();
  return (
    <div className={classNames("flex items-start gap-2.5", className)}>
      <input
        id={id}
        type="checkbox"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="mt-1 size-4 shrink-0 accent-accent"
        {...rest}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-ink-3">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
