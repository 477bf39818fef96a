import { Disclosure } from "../../ui/disclosure.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { MORE_SCOPES, USUAL_SCOPES, dangersOf } from "./scopes.ts";
import type { ScopeChoice } from "./scopes.ts";

/** What the token may do. The usual ones in view, the rest behind a fold. */
export function ScopePicker({
  chosen,
  onChange,
  error,
}: {
  chosen: ReadonlySet<string>;
  onChange: (scopes: ReadonlySet<string>) => void;
  error: string | undefined;
}) {
  const toggle = (scope: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(scope);
    else next.delete(scope);
    onChange(next);
  };
  const usual = new Set(USUAL_SCOPES.map((choice) => choice.scope));
  const more = [...chosen].filter((scope) => !usual.has(scope)).length;
  const dangers = dangersOf(chosen);
  const choice = (one: ScopeChoice) => (
    <Checkbox
      key={one.scope}
      label={<code className="text-[0.95em]">{one.scope}</code>}
      hint={one.allows}
      checked={chosen.has(one.scope)}
      onChange={(event) => toggle(one.scope, event.target.checked)}
    />
  );
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 font-medium">Select scopes</legend>
      <div className="flex flex-col gap-3 rounded-lg border border-line p-3.5">
        {USUAL_SCOPES.map(choice)}
        <Disclosure
          className="border-t border-line pt-3"
          summary={
            <>
              More scopes
              {more > 0 && <span className="font-normal text-ink-3">· {more} selected</span>}
            </>
          }
        >
          <div className="mt-3.5 flex flex-col gap-5">
            {MORE_SCOPES.map((group) => (
              <div key={group.noun} role="group" aria-label={group.noun} className="flex flex-col gap-3">
                <p className="text-[0.93rem] font-medium text-ink-3">{group.noun}</p>
                {group.scopes.map(choice)}
              </div>
            ))}
          </div>
        </Disclosure>
      </div>
      {error !== undefined && <p className="text-bad">{error}</p>}
      {dangers.length > 0 && (
        <Note tone="warn">
          {dangers.map((one) => (
            <p key={one.scope}>
              <code>{one.scope}</code>: {one.danger}
            </p>
          ))}
          <p className="mt-1 text-ink-2">A shop needs none of this to sell.</p>
        </Note>
      )}
    </fieldset>
  );
}
