import { Checkbox } from "../../ui/field.tsx";
import { EVENT_GROUPS } from "./events.ts";

/** Which events: all, a whole group with what later releases add to it, or one by one. */
export function EventPicker({
  chosen,
  onChange,
  error,
}: {
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  error: string | undefined;
}) {
  const toggle = (event: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(event);
    else next.delete(event);
    onChange(next);
  };
  const isAll = chosen.has("*");
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 font-medium">Events</legend>
      <div className="divide-y divide-line rounded-lg border border-line">
        <Checkbox
          className="p-3.5"
          label="Every event"
          hint="Also those of later releases."
          checked={isAll}
          onChange={(event) => toggle("*", event.target.checked)}
        />
        {!isAll &&
          EVENT_GROUPS.map(({ pattern, name, events }) => (
            <div key={pattern} role="group" aria-label={name} className="flex flex-col gap-2.5 p-3.5">
              <Checkbox
                label={
                  <>
                    {name}: all, <code>{pattern}</code>
                  </>
                }
                checked={chosen.has(pattern)}
                onChange={(event) => toggle(pattern, event.target.checked)}
              />
              {!chosen.has(pattern) && (
                <div className="flex flex-col gap-2.5 pl-6.5">
                  {events.map(({ type, when }) => (
                    <Checkbox
                      key={type}
                      label={<code className="text-[0.95em]">{type}</code>}
                      hint={when}
                      checked={chosen.has(type)}
                      onChange={(event) => toggle(type, event.target.checked)}
                    />
                  ))}
                </div>
              )}
            </div>
          ))}
      </div>
      {error !== undefined && <p className="text-bad">{error}</p>}
    </fieldset>
  );
}
