import { Users } from "lucide-react";
import { CustomerTable } from "../features/customers/customer-table.tsx";
import { useCustomers } from "../features/customers/customers.ts";
import { GuestTokens, useGuestTokens } from "../features/customers/guest-tokens.tsx";
import { ShopFilter } from "../features/shops/shop-filter.tsx";
import { useShops } from "../features/shops/shops.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { LoadMore } from "../ui/load-more.tsx";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { useFilters } from "../ui/use-filters.ts";

const FILTERS = ["q", "shop"] as const;

/** One search by whatever a buyer quotes; guests' tokens stand beside the customers. */
export function Component() {
  const [filter, setFilter] = useFilters(FILTERS);
  const query = useCustomers(filter);
  const guests = useGuestTokens(filter.q, filter.shop);
  const shops = useShops();
  const customers = query.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Object.keys(filter).length > 0;
  const foundOnlyGuests = customers.length === 0 && guests.tokens.length > 0;
  return (
    <Page title="Customers" description="Who bought, as your shop numbers them, and whether they can install.">
      <Card flush>
        <div className="flex flex-wrap gap-3 border-b border-line p-4">
          <div className="flex min-w-60 flex-1">
            <SearchInput
              value={filter.q ?? ""}
              onChange={(q) => setFilter({ q })}
              label="Search customers"
              placeholder="E-mail, customer id, order, last four of a token, package"
            />
          </div>
          <ShopFilter value={filter.shop} onChange={(shop) => setFilter({ shop })} />
        </div>
        {query.isPending && <SkeletonRows rows={12} />}
        {query.error !== null && <ErrorNote error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
        {query.isSuccess && customers.length === 0 && (
          <EmptyState
            icon={<Users />}
            title={
              foundOnlyGuests ? "No customer, but tokens of guests" : isFiltered ? "Nobody matches" : "No customer yet"
            }
            action={
              isFiltered ? (
                !foundOnlyGuests && <Button onClick={() => setFilter({ q: "", shop: "" })}>Remove all filters</Button>
              ) : (
                <ButtonLink to="/tokens">Go to the tokens</ButtonLink>
              )
            }
          >
            {foundOnlyGuests
              ? "What was searched for belongs to guest orders; they are below."
              : isFiltered
                ? "Ids, orders, package names and the last four characters have to be exact, capitals included for the four; of an e-mail address the beginning is enough."
                : "A customer appears with the first token that your shop makes for them."}
          </EmptyState>
        )}
        {customers.length > 0 && <CustomerTable customers={customers} withShop={shops.length > 1} />}
        <LoadMore query={query} shown={customers.length} />
      </Card>
      <GuestTokens found={guests} />
    </Page>
  );
}
