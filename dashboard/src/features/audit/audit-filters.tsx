import { useId } from "react";
import { Button } from "../../ui/button.tsx";
import { CONTROL } from "../../ui/field.tsx";
import { SearchInput } from "../../ui/search-input.tsx";
import { ShopFilter } from "../shops/shop-filter.tsx";
import type { AuditFilter } from "./audit-events.ts";

const KINDS: [string, string][] = [
  ["token.", "Customer tokens"],
  ["customer.", "Customers"],
  ["management_token.", "Management tokens"],
  ["source.", "Sources"],
  ["version.", "Versions"],
  ["credential.", "Refused credentials"],
  ["session.", "Log-ins"],
  ["user.", "Users"],
  ["setting", "Settings"],
  ["shop", "Shops"],
];
const ACTIONS = ["token.created", "token.updated", "token.rotated", "token.revoked", "source.removed", "user.removed"];
const NARROWER = ["actor_id", "target_id", "customer_id"] as const;

export function AuditFilters({ filter, onChange }: { filter: AuditFilter; onChange: (changes: AuditFilter) => void }) {
  const narrowed = NARROWER.filter((name) => filter[name] !== undefined);
  return (
    <div className="flex flex-col gap-3 border-b border-line p-4">
      <div className="flex flex-wrap gap-3">
        <div className="flex min-w-60 flex-1 basis-full sm:basis-0">
          <SearchInput
            value={filter.q ?? ""}
            onChange={(q) => onChange({ q })}
            label="Search by id of a token, user, source, request or record"
            placeholder="Id of a token, user, source …"
          />
        </div>
        <select
          aria-label="Kind of record"
          value={filter.action ?? ""}
          onChange={(event) => onChange({ action: event.target.value })}
          className={`${CONTROL} h-9 min-w-44 flex-1 sm:max-w-60`}
        >
          <option value="">Everything</option>
          <optgroup label="About">
            {KINDS.map(([value, label]) => (
              <option key={value} value={value.endsWith(".") ? value : `${value}*`}>
                {label}
              </option>
            ))}
          </optgroup>
          <optgroup label="Only">
            {ACTIONS.map((action) => (
              <option key={action} value={action}>
                {action}
              </option>
            ))}
          </optgroup>
        </select>
        <ShopFilter value={filter.shop} onChange={(shop) => onChange({ shop })} />
        <DayInput label="From" value={filter.since} onChange={(since) => onChange({ since })} />
        <DayInput label="To" value={filter.until} endOfDay onChange={(until) => onChange({ until })} />
      </div>
      {narrowed.length > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          {narrowed.map((name) => (
            <Button key={name} size="small" onClick={() => onChange({ [name]: "" })} title="Remove this filter">
              {name.replaceAll("_", " ")}: {filter[name]} ✕
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

/** A day where the browser is; its end is the beginning of the next one. */
function DayInput({
  label,
  value,
  endOfDay = false,
  onChange,
}: {
  label: string;
  value: string | undefined;
  endOfDay?: boolean;
  onChange: (seconds: string) => void;
}) {
  const id = useId();
  const shift = endOfDay ? 86_400_000 : 0;
  const shown = value === undefined ? "" : new Date(Number(value) * 1000 - shift).toLocaleDateString("sv-SE");
  return (
    <div className="flex min-w-0 flex-1 items-center gap-2 max-sm:basis-full sm:flex-none">
      <label htmlFor={id} className="shrink-0 text-ink-3 max-sm:w-10">
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={shown}
        onChange={(event) => {
          const day = event.target.value;
          onChange(day === "" ? "" : String(Math.floor((new Date(`${day}T00:00`).getTime() + shift) / 1000)));
        }}
        className={`${CONTROL} h-9 sm:w-40`}
      />
    </div>
  );
}
