import { AttentionCard, useNewestAttention } from "../features/attention/attention-card.tsx";
import { Figure } from "../features/overview/figures.tsx";
import { FirstSteps } from "../features/overview/first-steps.tsx";
import { OverviewCharts } from "../features/overview/overview-charts.tsx";
import { ExpiringSoon, FailingSources, RecentActivity, Refusals } from "../features/overview/overview-lists.tsx";
import { SharedTokensCard, useSharedTokens } from "../features/sharing/shared-tokens-card.tsx";
import { useOverview } from "../features/overview/overview.ts";
import { ErrorNote } from "../ui/error-note.tsx";
import { CONTROL } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { plural } from "../ui/words.ts";
import { useFilters } from "../ui/use-filters.ts";

/** How the shop does, and what wants somebody's attention. */
export function Component() {
  const [{ days = "30", shop }, setFilter] = useFilters(["days", "shop"]);
  const query = useOverview(days, shop);
  const shared = useSharedTokens(shop);
  const attention = useNewestAttention(shop);
  const overview = shared.isLoading || attention.isLoading ? undefined : query.data;
  const sum = (of: (day: NonNullable<typeof overview>["days"][number]) => number) =>
    overview?.days.reduce((total, day) => total + of(day), 0);
  const period = `in ${days} days`;
  return (
    <Page
      title="Overview"
      actions={
        <select
          aria-label="Period"
          value={days}
          onChange={(event) => setFilter({ days: event.target.value })}
          className={`${CONTROL} h-9 w-auto`}
        >
          <option value="7">Last 7 days</option>
          <option value="30">Last 30 days</option>
          <option value="90">Last 90 days</option>
          <option value="365">Last year</option>
        </select>
      }
    >
      {query.error !== null && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
      {overview !== undefined && <FailingSources sources={overview.failing_sources ?? []} />}
      {overview !== undefined && <FirstSteps overview={overview} />}
      {overview !== undefined && <AttentionCard shop={shop} />}
      <div className="grid grid-cols-2 gap-3 sm:gap-5 lg:grid-cols-4">
        <Figure name="Sales" value={sum((day) => day.sales)} note={period} to="/tokens" />
        <Figure
          name="Active tokens"
          value={overview?.tokens.active}
          note={overview !== undefined && `${overview.tokens.expiring_soon.toLocaleString()} expire within 30 days`}
          to="/tokens?status=active"
        />
        <Figure
          name="Downloads"
          value={sum((day) => day.downloads)}
          note={overview !== undefined && `of ${plural(overview.packages, "package")} ${period}`}
          to="/packages"
        />
        <Figure
          name="Refused requests"
          value={sum((day) => day.refused)}
          note={period}
          to="/audit-log?action=credential."
        />
      </div>
      {overview === undefined ? (
        <div className="grid gap-5 lg:grid-cols-2" role="status" aria-label="Loading">
          <Skeleton className="h-80 w-full rounded-xl" />
          <Skeleton className="h-80 w-full rounded-xl" />
        </div>
      ) : (
        <>
          <OverviewCharts days={overview.days} />
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <div className="flex min-w-0 flex-col gap-5">
              {overview.expiring !== null && <ExpiringSoon tokens={overview.expiring} />}
              <SharedTokensCard shop={shop} />
              <Refusals refusals={overview.refusals} />
            </div>
            {overview.recent !== null && <RecentActivity events={overview.recent} />}
          </div>
        </>
      )}
    </Page>
  );
}
