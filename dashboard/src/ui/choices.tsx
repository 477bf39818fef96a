import { useId } from "react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  /** What it means, in a sentence. */
  hint?: ReactNode;
  /** What choosing it comes to, at the right. */
  result?: ReactNode;
}

/** One of a few: radio buttons with what each comes to. */
export function Choices<const Value extends string>({
  legend,
  choices,
  value,
  onChange,
}: {
  legend: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium">{legend}</legend>
      <div className="divide-y divide-line overflow-hidden rounded-lg border border-line-strong bg-surface">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={classNames(
              "flex min-h-10 cursor-pointer items-center gap-2.5 px-3 py-1.5 focus-within:outline-2 focus-within:-outline-offset-2 focus-within:outline-accent",
              choice.value === value ? "bg-accent-soft" : "hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
              className="size-4 shrink-0 accent-accent outline-none"
            />
            <span className="min-w-0 flex-1">
              {choice.label}
              {choice.hint !== undefined && <span className="block text-[0.93rem] text-ink-3">{choice.hint}</span>}
            </span>
            {choice.result !== undefined && <span className="text-right text-ink-2">{choice.result}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
