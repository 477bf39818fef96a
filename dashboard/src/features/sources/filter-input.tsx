import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { CONTROL } from "../../ui/field.tsx";
import { classNames } from "../../ui/class-names.ts";
import { showPattern } from "./patterns.ts";

/** Names of packages and beginnings of names, one chip each. Enter or a comma makes a chip. */
export function FilterInput({
  value,
  onChange,
  suggestions = [],
  error,
}: {
  value: readonly string[];
  onChange: (value: string[]) => void;
  suggestions?: readonly string[];
  error?: string | undefined;
}) {
  const id = useId();
  const [text, setText] = useState("");
  const shown = value.map(showPattern);
  const add = (given: string) => {
    const fresh = given
      .split(/[\s,]+/)
      .map(showPattern)
      .filter((pattern) => pattern !== "" && !shown.includes(pattern));
    if (fresh.length > 0) onChange([...value, ...new Set(fresh)]);
    setText("");
  };
  const open = suggestions.map(showPattern).filter((pattern) => !shown.includes(pattern));
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        Packages it may publish<span className="ml-1.5 font-normal text-ink-3">optional</span>
      </label>
      <div className={classNames(CONTROL, "flex min-h-9 flex-wrap items-center gap-1.5 px-1.5 py-1")}>
        {value.map((pattern) => (
          <Chip key={pattern} pattern={pattern} onRemove={() => onChange(value.filter((one) => one !== pattern))} />
        ))}
        <input
          id={id}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onBlur={() => add(text)}
          onKeyDown={(event) => {
            if (text !== "" && (event.key === "Enter" || event.key === ",")) {
              event.preventDefault();
              add(text);
            }
            if (text === "" && event.key === "Backspace") onChange(value.slice(0, -1));
          }}
          aria-invalid={error === undefined ? undefined : true}
          aria-describedby={`${id}-hint`}
          placeholder={value.length === 0 ? "acme/*" : ""}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          className="min-w-32 flex-1 bg-transparent px-1.5 font-mono text-[0.93em] placeholder:text-ink-3 focus:outline-none"
        />
      </div>
      {error !== undefined && <p className="text-bad">{error}</p>}
      <p id={`${id}-hint`} className="text-[0.93rem] text-ink-3">
        <code>acme/*</code> is a whole vendor, <code>acme/checkout-*</code> what begins so, <code>acme/checkout</code>{" "}
        one package. Without any, every name is taken: give one, so that a repository cannot publish under the name of
        somebody else.
      </p>
      {open.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5">
          <span className="text-[0.93rem] text-ink-3">Proposed:</span>
          {open.map((pattern) => (
            <button
              key={pattern}
              type="button"
              onClick={() => add(pattern)}
              className="inline-flex min-h-7 max-w-full items-center gap-1 rounded-lg border border-dashed border-line-strong px-2 text-left hover:bg-hover"
            >
              <Plus className="size-3.5 shrink-0 text-ink-3" aria-hidden="true" />
              <span className="sr-only">Add </span>
              <code className="min-w-0 wrap-anywhere">{pattern}</code>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Chip({ pattern, onRemove }: { pattern: string; onRemove: () => void }) {
  return (
    <span className="inline-flex max-w-full items-center gap-0.5 rounded-md bg-accent-soft py-0.5 pr-0.5 pl-2 text-accent-text">
      <code className="truncate">{showPattern(pattern)}</code>
      <button
        type="button"
        aria-label={`Remove ${showPattern(pattern)}`}
        onClick={onRemove}
        className="inline-flex size-5.5 shrink-0 items-center justify-center rounded hover:bg-hover"
      >
        <X className="size-3.5" />
      </button>
    </span>
  );
}
