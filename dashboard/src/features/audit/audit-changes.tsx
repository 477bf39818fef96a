import { formatDate } from "../../ui/time.tsx";
import type { AuditEvent } from "./audit-events.ts";

/** What was before and what is after, of the fields that differ; all of it where there was no before. */
export function AuditChanges({ event }: { event: AuditEvent }) {
  const before = asObject(event.details.before);
  const after = asObject(event.details.after);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const personal = Object.entries(event.personal ?? {});
  if (names.length === 0 && personal.length === 0) return <p className="text-ink-3">Nothing else was recorded.</p>;
  const hasBefore = Object.keys(before).length > 0;
  return (
    <div className="overflow-x-auto" role="region" aria-label="What changed" tabIndex={0}>
      <table className="w-full border-collapse text-left text-[0.95rem]">
        <thead>
          <tr className="text-ink-3">
            <th scope="col" className="py-1 pr-6 font-medium">
              Field
            </th>
            {hasBefore && (
              <th scope="col" className="py-1 pr-6 font-medium">
                Before
              </th>
            )}
            <th scope="col" className="py-1 font-medium">
              {hasBefore ? "After" : "Value"}
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <Row key={name} name={name} hasBefore={hasBefore} before={before[name]} after={after[name]} />
          ))}
          {personal.map(([name, value]) => (
            <Row key={`personal ${name}`} name={name} hasBefore={hasBefore} before={undefined} after={value} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  name,
  hasBefore,
  before,
  after,
}: {
  name: string;
  hasBefore: boolean;
  before: unknown;
  after: unknown;
}) {
  return (
    <tr className="border-t border-line align-top">
      <th scope="row" className="py-1.5 pr-6 font-normal whitespace-nowrap text-ink-2">
        {name.replaceAll("_", " ")}
      </th>
      {hasBefore && <td className="py-1.5 pr-6 break-words text-ink-2">{valueText(name, before)}</td>}
      <td className="py-1.5 break-words">{valueText(name, after)}</td>
    </tr>
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A time where the name says so, a list with commas, "none" for null. */
function valueText(name: string, value: unknown): string {
  if (value === undefined) return "";
  if (value === null) return "none";
  if (typeof value === "number") return /_(?:at|until)$/.test(name) ? formatDate(value) : value.toLocaleString();
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((one) => valueText("", one)).join(", ");
  return Object.entries(value as Record<string, unknown>)
    .map(([key, one]) => `${key}: ${valueText(key, one)}`)
    .join(", ");
}
