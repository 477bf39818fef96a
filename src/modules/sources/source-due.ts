import type { SourceRow } from "./source-queries.ts";

/** The topic of a committed change after which a source waits to be synced, for schedulers of all instances. */
export const SOURCE_DUE = "source_due";

/**
 * The `next_sync_at` that makes a source due. Never a value that it had since the last sync: a sync that runs already sees by it
 * that it was asked for again, and does not put the next one off.
 */
export function dueNow(row: Pick<SourceRow, "next_sync_at">, now: number): number {
  return row.next_sync_at <= now ? row.next_sync_at - 1 : now;
}
