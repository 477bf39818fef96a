import { useId } from "react";
import { withoutSecret } from "../../api/quoted-secret.ts";
import { CONTROL } from "../../ui/field.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { ShopFilter } from "../shops/shop-filter.tsx";
import type { UsageFilter } from "./report.ts";

/** Whose use of what. */
export function UsageFilters({ filter, onChange }: { filter: UsageFilter; onChange: (changes: UsageFilter) => void }) {
  const listId = useId();
  const { names } = useHostedPackages();
  return (
    <div className="flex flex-wrap gap-3" role="group" aria-label="Filters">
      <FilterText
        label="Package"
        placeholder="All packages"
        value={filter.package ?? ""}
        list={listId}
        known={names}
        onTake={(text) => onChange({ package: text })}
      />
      <datalist id={listId}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <FilterText
        label="Customer id"
        placeholder="All customers"
        value={filter.customer_id ?? ""}
        onTake={(text) => onChange({ customer_id: text })}
      />
      <FilterText
        label="Token id"
        placeholder="All tokens"
        value={filter.token_id ?? ""}
        onTake={(text) => onChange({ token_id: text })}
      />
      <ShopFilter value={filter.shop} onChange={(shop) => onChange({ shop })} />
    </div>
  );
}

/** Taken with Enter, when one leaves it, or as soon as it is a known name. */
function FilterText({
  label,
  placeholder,
  value,
  list,
  known = [],
  onTake,
}: {
  label: string;
  placeholder: string;
  value: string;
  list?: string;
  known?: string[];
  onTake: (text: string) => void;
}) {
  const take = (text: string) => void withoutSecret(text.trim()).then((given) => given !== value && onTake(given));
  return (
    <input
      key={value}
      type="search"
      aria-label={label}
      placeholder={placeholder}
      defaultValue={value}
      list={list}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => {
        if (event.target.value === "" || known.includes(event.target.value)) take(event.target.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") take(event.currentTarget.value);
      }}
      onBlur={(event) => take(event.target.value)}
      className={`${CONTROL} h-9 min-w-40 flex-1 sm:max-w-60`}
    />
  );
}
