import { sql } from "kysely";
import type { Db } from "../../schema.ts";
import { IDS_AT_ONCE, selectRecords } from "./audit-queries.ts";
import type { AuditHeadRow, AuditRow } from "./audit-queries.ts";

const HEAD = 1;

/** In the order they will be sealed in; without those that were found not to be genuine. */
export async function listUnsealedRows(db: Db, limit: number): Promise<AuditRow[]> {
  return await selectRecords(db)
    .where("sequence", "is", null)
    .where("refused_at", "is", null)
    .orderBy("occurred_at")
    .orderBy("audit_events.id")
    .limit(limit)
    .execute();
}

/** All that have no number, in pages by their ids. */
export async function pageUnsealedRows(db: Db, afterId: string, limit: number): Promise<AuditRow[]> {
  return await selectRecords(db)
    .where("sequence", "is", null)
    .where("audit_events.id", ">", afterId)
    .orderBy("audit_events.id")
    .limit(limit)
    .execute();
}

/** A page of the chain, in its order. */
export async function listSealedRows(db: Db, afterSequence: number, limit: number): Promise<AuditRow[]> {
  return await selectRecords(db).where("sequence", ">", afterSequence).orderBy("sequence").limit(limit).execute();
}

export async function findSealedRow(db: Db, sequence: number): Promise<AuditRow | undefined> {
  return await selectRecords(db).where("sequence", "=", sequence).executeTakeFirst();
}

export async function lastSealedRow(db: Db): Promise<AuditRow | undefined> {
  const sealed = selectRecords(db).where("sequence", "is not", null);
  return await sealed.orderBy("sequence", "desc").limit(1).executeTakeFirst();
}

export async function listRowsOfAction(db: Db, action: string): Promise<AuditRow[]> {
  return await selectRecords(db).where("action", "=", action).orderBy("audit_events.id").execute();
}

/** What became of records, by their ids; one that is not there is missing. */
export async function findRecordStates(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, Pick<AuditRow, "sequence" | "refused_at">>> {
  const states = new Map<string, Pick<AuditRow, "sequence" | "refused_at">>();
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const rows = await db
      .selectFrom("audit_events")
      .select(["id", "sequence", "refused_at"])
      .where("id", "in", ids.slice(start, start + IDS_AT_ONCE))
      .execute();
    for (const { id, sequence, refused_at } of rows) states.set(id, { sequence, refused_at });
  }
  return states;
}

export async function sealRow(
  db: Db,
  id: string,
  seal: { sequence: number; chain_mac: string; chain_key: string | null; sealed_at: number },
): Promise<void> {
  await db.updateTable("audit_events").set(seal).where("id", "=", id).execute();
}

/** Takes a record out of the chain; a genuine one is sealed anew then. */
export async function unsealRow(db: Db, id: string, refused_at: number | null): Promise<void> {
  const none = { sequence: null, chain_mac: null, chain_key: null, sealed_at: null };
  await db
    .updateTable("audit_events")
    .set({ ...none, refused_at })
    .where("id", "=", id)
    .execute();
}

export async function findAuditHead(db: Db): Promise<AuditHeadRow | undefined> {
  return await db.selectFrom("audit_head").selectAll().where("id", "=", HEAD).executeTakeFirst();
}

/** The head, for whoever is going to move it: others wait. On SQLite a transaction is alone anyway. */
export async function lockAuditHead(db: Db): Promise<AuditHeadRow | undefined> {
  return await db
    .updateTable("audit_head")
    .set({ sequence: sql<number>`sequence` })
    .where("id", "=", HEAD)
    .returningAll()
    .executeTakeFirst();
}

/** Only where a chain begins; whoever comes second leaves the first one's. */
export async function insertAuditHead(db: Db, head: Omit<AuditHeadRow, "id">): Promise<void> {
  await db
    .insertInto("audit_head")
    .values({ id: HEAD, ...head })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

export async function moveAuditHead(db: Db, head: Omit<AuditHeadRow, "id">): Promise<void> {
  await db.updateTable("audit_head").set(head).where("id", "=", HEAD).execute();
}

/** Whether anything was ever made here that has a record. */
export async function holdsAnything(db: Db): Promise<boolean> {
  for (const table of ["audit_events", "management_tokens", "users", "tokens", "sources"] as const) {
    if ((await db.selectFrom(table).select("id").limit(1).executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/** Whether there are records, and none that was sealed or signed: only commands of the release before ran here. */
export async function holdsOldRecordsOnly(db: Db): Promise<boolean> {
  const newer = await db
    .selectFrom("audit_events")
    .select("id")
    .where((where) => where.or([where("sequence", "is not", null), where("mac", "is not", null)]))
    .limit(1)
    .executeTakeFirst();
  const any = await db.selectFrom("audit_events").select("id").limit(1).executeTakeFirst();
  return newer === undefined && any !== undefined;
}
