import { SharedTokensCard, useSharedTokens } from "../sharing/shared-tokens-card.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { TopCard } from "./top-card.tsx";
import { UsageChartCard } from "./usage-chart-card.tsx";
import { useDailyUsage, useGroupedUsage } from "./report.ts";
import type { UsageFilter } from "./report.ts";

/** Per day, and what and who was used most; what is filtered by is no list of its own. All at once: nothing jumps. */
export function UsageReport({ filter, query }: { filter: UsageFilter; query: Record<string, string> }) {
  const isOfAll = filter.customer_id === undefined && filter.token_id === undefined;
  const daily = useDailyUsage(query);
  const packages = useGroupedUsage(query, "package", filter.package === undefined);
  const versions = useGroupedUsage(query, "version");
  const customers = useGroupedUsage(query, "customer", isOfAll);
  const tokens = useGroupedUsage(query, "token", filter.token_id === undefined);
  const shared = useSharedTokens(filter.shop, isOfAll);
  const isLoading = [daily, packages, versions, customers, tokens, shared].some((one) => one.isLoading);
  if (isLoading) {
    return (
      <div className="flex flex-col gap-5" role="status" aria-label="Loading">
        <Skeleton className="h-90 w-full rounded-xl" />
        <div className="grid gap-5 lg:grid-cols-2">
          <Skeleton className="h-96 w-full rounded-xl" />
          <Skeleton className="h-96 w-full rounded-xl" />
        </div>
      </div>
    );
  }
  return (
    <>
      <UsageChartCard usage={daily} ofPackage={filter.package !== undefined} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-5">
          {filter.package === undefined && <TopCard usage={packages} grouping="package" />}
          <TopCard usage={versions} grouping="version" />
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          {isOfAll && <SharedTokensCard shop={filter.shop} />}
          {isOfAll && <TopCard usage={customers} grouping="customer" />}
          {filter.token_id === undefined && <TopCard usage={tokens} grouping="token" />}
        </div>
      </div>
    </>
  );
}
