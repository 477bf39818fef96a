import type { Db } from "../../schema.ts";
import { dueNow } from "./source-due.ts";
import { updateSourceRow } from "./source-queries.ts";

/**
 * Makes the sources due that skipped a ref because its package is this one's: it gives names up. Says whether there
 * are any; the caller then tells that a source is due.
 */
export async function wakeWaiting(trx: Db, owner: string, now: number): Promise<boolean> {
  const waiting = await trx
    .selectFrom("sources")
    .select(["id", "next_sync_at"])
    .where("removed_at", "is", null)
    .where("id", "in", trx.selectFrom("source_refs").select("source").where("owned_by", "=", owner))
    .orderBy("id")
    .execute();
  for (const row of waiting) await updateSourceRow(trx, row.id, { next_sync_at: dueNow(row, now) });
  return waiting.length > 0;
}
