import { Download, ScrollText } from "lucide-react";
import { download } from "../api/step-up.ts";
import { AuditFilters } from "../features/audit/audit-filters.tsx";
import { exportAddress, useAuditEvents } from "../features/audit/audit-events.ts";
import { AuditList } from "../features/audit/audit-list.tsx";
import { VerifyButton } from "../features/audit/verify-button.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { LoadMore } from "../ui/load-more.tsx";
import { Page } from "../ui/page.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { useFilters } from "../ui/use-filters.ts";

const FILTERS = ["q", "action", "actor_id", "target_id", "customer_id", "shop", "since", "until"] as const;

/** Who did what to what, and what it was before. */
export function Component() {
  const [filter, setFilter] = useFilters(FILTERS);
  const query = useAuditEvents(filter);
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Page
      title="Audit log"
      description="Every change, by whom and when. Records are sealed into a chain: nobody can edit, remove or reorder them unnoticed."
      actions={
        <>
          <Button
            icon={<Download className="size-4" aria-hidden="true" />}
            onClick={() => void download(exportAddress(filter))}
          >
            Export
          </Button>
          <VerifyButton />
        </>
      }
    >
      <Card flush>
        <AuditFilters filter={filter} onChange={setFilter} />
        {query.isPending && <SkeletonRows rows={12} />}
        {query.error !== null && <ErrorNote error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
        {query.isSuccess && events.length === 0 && (
          <EmptyState
            icon={<ScrollText />}
            title={isFiltered ? "No record matches" : "Nothing has happened yet"}
            action={
              isFiltered && (
                <Button onClick={() => setFilter(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
                  Remove all filters
                </Button>
              )
            }
          >
            {isFiltered
              ? "Ids have to be exact; a day begins and ends where you are."
              : "Sales, changes of sources, log-ins and refused credentials appear here as they happen."}
          </EmptyState>
        )}
        <AuditList events={events} />
        <LoadMore query={query} shown={events.length} />
      </Card>
    </Page>
  );
}
