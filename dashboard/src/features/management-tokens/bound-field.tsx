import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import type { KeyboardEvent } from "react";
import { CONTROL } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { classNames } from "../../ui/class-names.ts";

/** Which packages the token may grant: prefixes as chips, those of hosted vendors suggested. */
export function BoundField({
  prefixes,
  onChange,
  draft,
  onDraft,
  vendors,
  error,
}: {
  prefixes: readonly string[];
  onChange: (prefixes: string[]) => void;
  /** What is typed and not a chip yet; the form takes it along when it is sent. */
  draft: string;
  onDraft: (text: string) => void;
  vendors: readonly string[];
  error: string | undefined;
}) {
  const id = useId();
  const [announced, setAnnounced] = useState("");
  const add = (text: string) => {
    const next = withDraft(prefixes, text);
    if (next.length > prefixes.length) setAnnounced(`${next.slice(prefixes.length).join(", ")} added`);
    onChange(next);
    onDraft("");
  };
  const remove = (prefix: string) => {
    setAnnounced(`${prefix} removed`);
    onChange(prefixes.filter((other) => other !== prefix));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if ((event.key === "Enter" || event.key === "," || event.key === " ") && draft.trim() !== "") {
      event.preventDefault();
      add(draft);
    } else if (event.key === "Backspace" && draft === "" && prefixes.length > 0) {
      remove(prefixes.at(-1) ?? "");
    }
  };
  const suggestions = vendors.map((vendor) => `${vendor}/`).filter((prefix) => !prefixes.includes(prefix));
  const isUnbounded = prefixes.length === 0 && draft.trim() === "";
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        Package bound
      </label>
      <div
        className={classNames(
          CONTROL,
          "flex min-h-9 flex-wrap items-center gap-1.5 py-1 pl-1.5 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/40",
        )}
      >
        {prefixes.map((prefix) => (
          <span key={prefix} className="flex h-6.5 max-w-full items-center rounded-md bg-sunken pl-2">
            <code className="truncate">{prefix}</code>
            <button
              type="button"
              aria-label={`Remove ${prefix}`}
              onClick={() => remove(prefix)}
              className="ml-0.5 flex size-6.5 items-center justify-center rounded-md text-ink-3 hover:text-ink"
            >
              <X className="size-3.5" />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={draft}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => draft.trim() !== "" && add(draft)}
          placeholder={prefixes.length === 0 ? "your-vendor/" : "Add another"}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby={`${id}-hint`}
          aria-invalid={error === undefined ? undefined : true}
          className="h-6.5 min-w-28 flex-1 bg-transparent px-1.5 font-mono text-[0.93em] outline-none placeholder:text-ink-3"
        />
      </div>
      {suggestions.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5 text-[0.93rem]">
          <span className="text-ink-3">Hosted here:</span>
          {suggestions.map((prefix) => (
            <button
              key={prefix}
              type="button"
              onClick={() => onChange([...prefixes, prefix])}
              className="inline-flex h-6.5 items-center gap-1 rounded-md border border-line px-1.5 text-ink-2 hover:bg-hover hover:text-ink"
            >
              <Plus className="size-3" aria-hidden="true" />
              <code>{prefix}</code>
            </button>
          ))}
        </div>
      )}
      {error !== undefined && <p className="text-bad">{error}</p>}
      <p id={`${id}-hint`} className="text-[0.93rem] text-ink-3">
        What the token may grant, see and manage. <code>acme/</code> is everything of a vendor, <code>acme/shop-*</code>{" "}
        what begins so, <code>acme/shop</code> one package.
      </p>
      <span role="status" className="sr-only">
        {announced}
      </span>
      {isUnbounded && (
        <Note tone="warn">Without a bound this token may grant every package hosted here, those added later too.</Note>
      )}
    </div>
  );
}

/** The chips, and what was typed but not made one. */
export function withDraft(prefixes: readonly string[], draft: string): string[] {
  const typed = draft
    .split(/[\s,]+/)
    .map((text) => text.toLowerCase())
    .filter((text) => text !== "");
  return [...new Set([...prefixes, ...typed])];
}
