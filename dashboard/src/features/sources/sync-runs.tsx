import { StateBadge } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { useSyncRuns } from "./source-api.ts";
import type { SyncRun } from "./source-api.ts";

/** Its syncs of the last 30 days, the newest first. */
export function SyncRuns({ sourceId }: { sourceId: string }) {
  const query = useSyncRuns(sourceId);
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title="Past syncs" description="Of the last 30 days" flush>
      {query.isPending && <SkeletonRows rows={3} />}
      {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} className="m-5" />}
      {query.isSuccess && runs.length === 0 && <p className="px-5 py-4 text-ink-3">There was none yet.</p>}
      <ul className="divide-y divide-line">
        {runs.map((run) => (
          <Run key={run.id} run={run} />
        ))}
      </ul>
      <LoadMore query={query} shown={runs.length} />
    </Card>
  );
}

function Run({ run }: { run: SyncRun }) {
  return (
    <li className="grid grid-cols-[6.5rem_minmax(0,1fr)] items-start gap-x-4 gap-y-1 px-5 py-3 sm:grid-cols-[6.5rem_minmax(0,1fr)_auto]">
      <span>
        <StateBadge state={run.outcome ?? "syncing"} />
      </span>
      <div className="min-w-0">
        <p>{whatCameOfIt(run)}</p>
        {run.detail !== null && <p className="mt-0.5 wrap-anywhere text-ink-2">{run.detail}</p>}
      </div>
      <p className="text-ink-3 tabular-nums max-sm:col-start-2 sm:whitespace-nowrap">
        <Time at={run.started_at} as="date-time" />
        {run.finished_at !== null && ` · ${durationOf(run.finished_at - run.started_at)}`}
      </p>
    </li>
  );
}

function whatCameOfIt(run: SyncRun): string {
  if (run.outcome === null) return "Under way";
  const changes = [
    run.versions_published > 0 && `${plural(run.versions_published, "version")} published`,
    run.versions_withdrawn > 0 && `${plural(run.versions_withdrawn, "version")} withdrawn`,
    run.refs_skipped > 0 && `${run.refs_skipped.toLocaleString()} skipped`,
  ].filter((text) => text !== false);
  if (run.outcome === "failed") return changes.length === 0 ? "Nothing was changed" : changes.join(", ");
  const moved =
    run.refs_read === 0
      ? "Nothing had moved"
      : `${plural(run.refs_read, "branch or tag", "branches and tags")} had moved`;
  return [moved, ...changes].join(", ");
}

function durationOf(seconds: number): string {
  if (seconds < 1) return "under a second";
  if (seconds < 60) return `${String(seconds)} s`;
  return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
}
