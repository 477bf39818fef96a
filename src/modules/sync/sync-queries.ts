import { sql } from "kysely";
import type { Insertable, RawBuilder, Selectable, Updateable } from "kysely";
import type { Db, SourceRefTable, SourceTable, SyncRunTable } from "../../schema.ts";

export type SourceRefRow = Selectable<SourceRefTable>;
export type SyncRunRow = Selectable<SyncRunTable>;

type ClaimedSourceChange = Omit<Updateable<SourceTable>, "next_sync_at"> & { next_sync_at?: RawBuilder<number> };

/** When to look again; unless somebody asked for a sync since `seen` was read, by which they are not put off. */
export function unlessAskedSince(seen: number, next: number): RawBuilder<number> {
  return sql<number>`case when next_sync_at = ${seen} then ${next} else next_sync_at end`;
}

/** Far below the parameter limits of both engines. */
const CHUNK_ROWS = 100;

/** Takes the source if nobody took it since `seenClaim` was read. */
export async function takeClaim(
  db: Db,
  id: string,
  seenClaim: string | null,
  claim: { claimed_by: string; claimed_until: number },
): Promise<boolean> {
  const result = await db
    .updateTable("sources")
    .set({ ...claim, state: "syncing" })
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .where("claimed_by", seenClaim === null ? "is" : "=", seenClaim)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** False when the claim was lost: this process was thought dead. */
export async function updateClaimedSource(
  db: Db,
  id: string,
  claimedBy: string,
  changes: ClaimedSourceChange,
): Promise<boolean> {
  const result = await db
    .updateTable("sources")
    .set(changes)
    .where("id", "=", id)
    .where("claimed_by", "=", claimedBy)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function insertSyncRun(db: Db, row: Insertable<SyncRunTable>): Promise<void> {
  await db.insertInto("sync_runs").values(row).execute();
}

export async function finishSyncRun(db: Db, id: string, changes: Updateable<SyncRunTable>): Promise<void> {
  await db.updateTable("sync_runs").set(changes).where("id", "=", id).execute();
}

/** How far a run is. One that has ended meanwhile keeps its result. */
export async function noteProgress(
  db: Db,
  id: string,
  progress: Pick<Updateable<SyncRunTable>, "phase" | "refs_total" | "refs_read">,
): Promise<void> {
  await db.updateTable("sync_runs").set(progress).where("id", "=", id).where("finished_at", "is", null).execute();
}

/** Newest first. */
export async function listSyncRunRows(
  db: Db,
  source: string,
  page: { after: { at: number; id: string } | undefined; limit: number },
): Promise<SyncRunRow[]> {
  let query = db.selectFrom("sync_runs").selectAll().where("source", "=", source);
  if (page.after !== undefined) {
    const { at, id } = page.after;
    query = query.where((where) =>
      where.or([where("started_at", "<", at), where.and([where("started_at", "=", at), where("id", "<", id)])]),
    );
  }
  return await query.orderBy("started_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

/** Runs of a process that died. */
export async function failUnfinishedRuns(db: Db, source: string, now: number): Promise<void> {
  await db
    .updateTable("sync_runs")
    .set({ outcome: "failed", detail: "interrupted", finished_at: now, phase: null })
    .where("source", "=", source)
    .where("finished_at", "is", null)
    .execute();
}

export async function deleteRunsBefore(db: Db, source: string, before: number): Promise<void> {
  await db.deleteFrom("sync_runs").where("source", "=", source).where("started_at", "<", before).execute();
}

/** Sources whose time has come, the longest waiting first. */
export async function listDueSources(db: Db, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("sources")
    .select("id")
    .where("removed_at", "is", null)
    .where("next_sync_at", "<=", now)
    .orderBy("next_sync_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

export async function listSourceRefs(db: Db, source: string): Promise<SourceRefRow[]> {
  return await db.selectFrom("source_refs").selectAll().where("source", "=", source).execute();
}

/** Replaces what is known of some refs, and forgets others. */
export async function replaceSourceRefs(
  db: Db,
  source: string,
  rows: readonly SourceRefRow[],
  gone: readonly string[],
): Promise<void> {
  const refs = [...gone, ...rows.map((row) => row.ref)];
  for (let start = 0; start < refs.length; start += CHUNK_ROWS) {
    const chunk = refs.slice(start, start + CHUNK_ROWS);
    await db.deleteFrom("source_refs").where("source", "=", source).where("ref", "in", chunk).execute();
  }
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    await db
      .insertInto("source_refs")
      .values(rows.slice(start, start + CHUNK_ROWS))
      .execute();
  }
}

/** Sources by id, removed ones too. */
export async function findNameOwners(db: Db, ids: readonly string[]): Promise<Map<string, NameOwnerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("sources").select(["id", "name", "removed_at"]).where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

type NameOwnerRow = Pick<Selectable<SourceTable>, "id" | "name" | "removed_at">;
