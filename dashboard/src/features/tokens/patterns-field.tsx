import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Button } from "../../ui/button.tsx";
import { Checkbox, TextField } from "../../ui/field.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { canonicalPattern, patternsOpen } from "./package-patterns.ts";

/** What is being chosen; null is everything that is hosted. `typed` is not added yet. */
export interface ChosenPatterns {
  patterns: string[];
  everything: boolean;
  typed: string;
}

/** What would be sent: what stands in the input counts as well. Undefined: nothing was chosen. */
export function patternsOf({ patterns, everything, typed }: ChosenPatterns): string[] | null | undefined {
  if (everything) return null;
  const all = withPattern(patterns, typed);
  return all.length === 0 ? undefined : all;
}

function withPattern(patterns: readonly string[], typed: string): string[] {
  const added = typed.split(/[\s,]+/).filter((part) => part !== "");
  return [...new Set([...patterns, ...added.map(canonicalPattern)])];
}

/** Prefixes to add and to take away, with what is hosted as suggestions, and the packages they open now. */
export function PatternsField({
  chosen,
  onChange,
  error,
  optional = false,
  allowsEverything = true,
}: {
  chosen: ChosenPatterns;
  onChange: (chosen: ChosenPatterns) => void;
  error?: string | undefined;
  optional?: boolean;
  /** Whether all that is hosted, now and later, is a choice. */
  allowsEverything?: boolean;
}) {
  const listId = useId();
  const hosted = useHostedPackages();
  const vendors = [...new Set(hosted.names.map((name) => name.slice(0, name.indexOf("/") + 1)))];
  const suggestions = [...vendors, ...hosted.names].filter((name) => !chosen.patterns.includes(name));
  const add = () => onChange({ ...chosen, patterns: withPattern(chosen.patterns, chosen.typed), typed: "" });
  return (
    <div className="flex flex-col gap-3">
      {!chosen.everything && (
        <div className="flex flex-col gap-2">
          <div className="flex items-start gap-2 [&>div]:flex-1">
            <TextField
              label="Packages"
              mono
              optional={optional}
              list={listId}
              autoComplete="off"
              spellCheck={false}
              placeholder={suggestions[0] ?? "vendor/"}
              value={chosen.typed}
              error={error}
              onChange={(event) => {
                const typed = event.target.value;
                // A suggestion that was picked from the list is complete.
                const picked = "inputType" in event.nativeEvent ? undefined : suggestions.find((one) => one === typed);
                if (picked === undefined) onChange({ ...chosen, typed });
                else onChange({ ...chosen, patterns: withPattern(chosen.patterns, picked), typed: "" });
              }}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || chosen.typed.trim() === "") return;
                event.preventDefault();
                add();
              }}
            />
            <Button
              icon={<Plus className="size-4" />}
              disabled={chosen.typed.trim() === ""}
              onClick={add}
              className="mt-[1.875rem]"
            >
              Add
            </Button>
          </div>
          <datalist id={listId}>
            {suggestions.map((name) => (
              <option key={name} value={name}>
                {name.endsWith("/") ? "everything of this vendor" : undefined}
              </option>
            ))}
          </datalist>
          <p className="text-[0.93rem] text-ink-3">
            <code>acme/</code> is a whole vendor, <code>acme/checkout-*</code> what begins so,{" "}
            <code>acme/checkout</code> one package.
          </p>
        </div>
      )}
      {!chosen.everything && chosen.patterns.length > 0 && (
        <ul className="flex flex-wrap gap-1.5" aria-label="Chosen packages">
          {chosen.patterns.map((pattern) => (
            <li key={pattern} className="flex items-center rounded-md bg-sunken pl-2">
              <code className="break-all">{pattern}</code>
              <button
                type="button"
                aria-label={`Remove ${pattern}`}
                title={`Remove ${pattern}`}
                className="inline-flex size-7 items-center justify-center rounded-md text-ink-3 hover:bg-hover hover:text-bad"
                onClick={() => onChange({ ...chosen, patterns: chosen.patterns.filter((one) => one !== pattern) })}
              >
                <X className="size-3.5" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {allowsEverything && (
        <Checkbox
          label="Everything that is hosted here"
          hint="Of all vendors, now and later."
          checked={chosen.everything}
          onChange={(event) => onChange({ ...chosen, everything: event.target.checked })}
        />
      )}
      <OpensNow patterns={patternsOf(chosen)} hosted={hosted} />
    </div>
  );
}

function OpensNow({
  patterns,
  hosted,
}: {
  patterns: string[] | null | undefined;
  hosted: ReturnType<typeof useHostedPackages>;
}) {
  if (patterns === undefined || hosted.names.length === 0) return null;
  const opened = hosted.names.filter((name) => patternsOpen(patterns, name));
  const count = `${opened.length.toLocaleString()}${hosted.more ? " or more" : ""}`;
  return (
    <p className="text-ink-2" aria-live="polite">
      {opened.length === 0 ? (
        "Opens no package that is hosted now."
      ) : (
        <>
          Opens {count} of the hosted packages now: {nameSome(opened)}.
        </>
      )}
    </p>
  );
}

/** "a, b, c and 4 more". */
export function nameSome(names: readonly string[], max = 4): string {
  const shown = names.slice(0, max).join(", ");
  return names.length > max ? `${shown} and ${(names.length - max).toLocaleString()} more` : shown;
}
