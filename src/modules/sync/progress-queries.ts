import { sql } from "kysely";
import type { Db, SourceState, SyncPhase } from "../../schema.ts";

/** What a source is doing, and how far its newest sync is; flat, to be compared as text. */
export interface SourceProgress {
  readonly state: SourceState;
  /** In words: what is wrong and what to do. */
  readonly state_detail: string | null;
  /** Of a sync that runs. */
  readonly phase: SyncPhase | null;
  readonly refs_total: number;
  readonly refs_read: number;
  readonly versions_published: number;
  readonly versions_withdrawn: number;
  readonly refs_skipped: number;
  /** Null where it was never synced. */
  readonly run_id: string | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly outcome: "succeeded" | "failed" | null;
}

/**
 * Undefined when the source is gone. One statement, so that the state and the run are of one moment; look-ups by indexes
 * only, because it is asked for every second by everybody who watches.
 */
export async function findProgress(db: Db, source: string): Promise<SourceProgress | undefined> {
  const newest = db
    .selectFrom("sync_runs as newest")
    .select("newest.id")
    .where("newest.source", "=", sql.ref<string>("sources.id"))
    .orderBy("newest.started_at", "desc")
    // Of two within a second the one that runs.
    .orderBy(sql`case when newest.finished_at is null then 0 else 1 end`)
    .limit(1);
  const row = await db
    .selectFrom("sources")
    .leftJoin("sync_runs", (join) => join.on("sync_runs.id", "=", newest))
    .select(["sources.state", "sources.state_detail"])
    .select(["sync_runs.id", "phase", "refs_total", "refs_read", "refs_skipped", "versions_published"])
    .select(["versions_withdrawn", "started_at", "finished_at", "outcome"])
    .where("sources.id", "=", source)
    .where("sources.removed_at", "is", null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    ...{ state: row.state, state_detail: row.state_detail, phase: row.phase },
    ...{ refs_total: row.refs_total ?? 0, refs_read: row.refs_read ?? 0, refs_skipped: row.refs_skipped ?? 0 },
    ...{ versions_published: row.versions_published ?? 0, versions_withdrawn: row.versions_withdrawn ?? 0 },
    ...{ run_id: row.id, started_at: row.started_at, finished_at: row.finished_at, outcome: row.outcome },
  };
}
