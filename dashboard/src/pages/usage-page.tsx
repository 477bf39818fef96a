import { CsvMenu } from "../features/usage/csv-menu.tsx";
import { UsageReport } from "../features/usage/usage-report.tsx";
import { UsageFilters } from "../features/usage/usage-filters.tsx";
import { useReportQuery } from "../features/usage/report.ts";
import { CONTROL } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { useFilters } from "../ui/use-filters.ts";

/** Who uses what, and how much. */
export function Component() {
  const [filter, setFilter] = useFilters(["days", "shop", "customer_id", "token_id", "package"]);
  const query = useReportQuery(filter);
  return (
    <Page
      title="Usage"
      description="Requests, downloads and installs, counted as they happen."
      actions={
        <>
          <div className="w-38">
            <select
              aria-label="Period"
              value={filter.days ?? "30"}
              onChange={(event) => setFilter({ days: event.target.value })}
              className={`${CONTROL} h-9`}
            >
              <option value="7">Last 7 days</option>
              <option value="30">Last 30 days</option>
              <option value="90">Last 90 days</option>
              <option value="365">Last year</option>
            </select>
          </div>
          <CsvMenu query={query} />
        </>
      }
    >
      <UsageFilters filter={filter} onChange={setFilter} />
      <UsageReport filter={filter} query={query} />
    </Page>
  );
}
