import { useId } from "react";
import { withoutSecret } from "../../api/quoted-secret.ts";
import { CONTROL } from "../../ui/field.tsx";
import { SearchInput } from "../../ui/search-input.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { ShopFilter } from "../shops/shop-filter.tsx";
import type { TokenFilter } from "./tokens.ts";

/** State and "expiring soon" are one choice: what expires soon is active. */
export function TokenFilters({ filter, onChange }: { filter: TokenFilter; onChange: (changes: TokenFilter) => void }) {
  const listId = useId();
  const { names } = useHostedPackages();
  const takePackage = (text: string) => void withoutSecret(text).then((name) => onChange({ package: name }));
  const state = filter.expiring === undefined ? (filter.status ?? "") : `expiring-${filter.expiring}`;
  return (
    <div className="flex flex-wrap gap-3 border-b border-line p-4">
      <div className="flex min-w-60 flex-1 basis-full sm:basis-0">
        <SearchInput
          value={filter.q ?? ""}
          onChange={(q) => onChange({ q })}
          label="Search tokens"
          placeholder="E-mail, customer id, order, last four, package"
        />
      </div>
      <select
        aria-label="State"
        value={state}
        onChange={(event) => {
          const { value } = event.target;
          if (value.startsWith("expiring-")) onChange({ status: "", expiring: value.slice("expiring-".length) });
          else onChange({ status: value, expiring: "" });
        }}
        className={`${CONTROL} h-9 min-w-40 flex-1 sm:max-w-64`}
      >
        <option value="">All but revoked</option>
        <option value="active">Active</option>
        <option value="expiring-7">Expiring within 7 days</option>
        <option value="expiring-30">Expiring within 30 days</option>
        <option value="suspended">Suspended</option>
        <option value="expired">Expired</option>
        <option value="revoked">Revoked</option>
        <option value="all">All</option>
      </select>
      <div className="min-w-32 flex-1 sm:max-w-52">
        <input
          key={filter.package ?? ""}
          aria-label="Package"
          placeholder="Opens package …"
          list={listId}
          defaultValue={filter.package ?? ""}
          spellCheck={false}
          onChange={(event) => {
            const { value } = event.target;
            if (value === "" || names.includes(value)) onChange({ package: value });
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") takePackage(event.currentTarget.value);
          }}
          onBlur={(event) => takePackage(event.target.value)}
          className={`${CONTROL} h-9`}
        />
        <datalist id={listId}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <ShopFilter value={filter.shop} onChange={(shop) => onChange({ shop })} />
    </div>
  );
}
