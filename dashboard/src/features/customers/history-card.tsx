import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import type { AuditEvent } from "../audit/audit-events.ts";
import { AuditList } from "../audit/audit-list.tsx";

/** Audit records as sentences, newest first. */
export function HistoryCard({
  query,
  empty,
}: {
  query: {
    data?: { pages: { items: AuditEvent[] }[] } | undefined;
    error: unknown;
    isPending: boolean;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  empty: string;
}) {
  const events = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title="History" description="Who did what, and what it was before." flush>
      {query.isPending && <SkeletonRows rows={3} />}
      {query.error !== null && <ErrorNote error={query.error} className="m-4" />}
      {query.data !== undefined && events.length === 0 && <p className="px-5 py-4 text-ink-3">{empty}</p>}
      <AuditList events={events} />
      <LoadMore query={query} shown={events.length} />
    </Card>
  );
}
