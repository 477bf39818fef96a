import type { Insertable, Selectable } from "kysely";
import { sql } from "kysely";
import type { AuditEventTable, AuditHeadTable, AuditPersonalValueTable, Db } from "../../schema.ts";

/** A record with its personal values, where it has them still. */
export type AuditRow = Selectable<AuditEventTable> & { personal_values: string | null; nonce: string | null };
export type AuditHeadRow = Selectable<AuditHeadTable>;

const HEAD = 1;

export async function insertAuditEvent(db: Db, row: Insertable<AuditEventTable>): Promise<void> {
  await db.insertInto("audit_events").values(row).execute();
}

export async function insertPersonalValues(db: Db, row: Insertable<AuditPersonalValueTable>): Promise<void> {
  await db.insertInto("audit_personal_values").values(row).execute();
}

function selectRecords(db: Db) {
  return db
    .selectFrom("audit_events")
    .leftJoin("audit_personal_values", "audit_personal_values.event", "audit_events.id")
    .selectAll("audit_events")
    .select(["audit_personal_values.personal_values", "audit_personal_values.nonce"]);
}

export interface AuditFilter {
  limit: number;
  target?: string | undefined;
  action?: string | undefined;
  actor?: string | undefined;
  /** The shop's own id of its customer. */
  customerId?: string | undefined;
  /** Unix seconds, that second included. */
  since?: number | undefined;
  /** Unix seconds, that second not included. */
  until?: number | undefined;
  /** How far the reader sees; absent means everything. */
  visible?: { shop: string; withShopless: boolean } | undefined;
  /** Only records that come after this one in the list. */
  after?: AuditPosition | undefined;
}

/** Where a record stands in the list, at this moment: sealing gives it its number. */
export interface AuditPosition {
  occurred_at: number;
  place: number;
  id: string;
}

/** Within a second the chain knows the order; what is not sealed yet is the newest. */
const PLACE = sql<number>`coalesce(sequence, 9007199254740991)`;

/** Newest first. */
export async function listAuditRows(db: Db, filter: AuditFilter): Promise<AuditRow[]> {
  const { target, action, actor, since, until } = filter;
  let query = selectRecords(db);
  if (target !== undefined) query = query.where("target_id", "=", target);
  if (action !== undefined) query = query.where("action", "=", action);
  if (actor !== undefined) query = query.where("actor_id", "=", actor);
  if (since !== undefined) query = query.where("occurred_at", ">=", since);
  if (until !== undefined) query = query.where("occurred_at", "<", until);
  return await query
    .$call(within(filter))
    .orderBy("occurred_at", "desc")
    .orderBy(PLACE, "desc")
    .orderBy("audit_events.id", "desc")
    .limit(filter.limit)
    .execute();
}

function within(filter: AuditFilter) {
  return (query: ReturnType<typeof selectRecords>): ReturnType<typeof selectRecords> => {
    const { visible, customerId, after } = filter;
    let result = query;
    if (visible !== undefined) {
      result = result.where((where) =>
        where.or([where("shop", "=", visible.shop), ...(visible.withShopless ? [where("shop", "is", null)] : [])]),
      );
    }
    if (customerId !== undefined) {
      result = result.where("audit_events.customer", "in", (sub) => {
        const named = sub.selectFrom("customers").select("customers.id").where("customer_id", "=", customerId);
        return visible === undefined ? named : named.where("customers.shop", "=", visible.shop);
      });
    }
    if (after === undefined) return result;
    const { occurred_at, place, id } = after;
    // The first condition says nothing new; it is what the index on the time is asked by.
    return result
      .where("occurred_at", "<=", occurred_at)
      .where((where) =>
        where.or([
          where("occurred_at", "<", occurred_at),
          where(PLACE, "<", place),
          where.and([where(PLACE, "=", place), where("audit_events.id", "<", id)]),
        ]),
      );
  };
}

export async function findAuditPosition(db: Db, id: string): Promise<AuditPosition | undefined> {
  return await db
    .selectFrom("audit_events")
    .select(["occurred_at", PLACE.as("place"), "id"])
    .where("id", "=", id)
    .executeTakeFirst();
}

/** In the order they will be sealed in. */
export async function listUnsealedRows(db: Db, limit: number): Promise<AuditRow[]> {
  return await selectRecords(db)
    .where("sequence", "is", null)
    .orderBy("occurred_at")
    .orderBy("audit_events.id")
    .limit(limit)
    .execute();
}

/** A page of the chain, in its order. */
export async function listSealedRows(db: Db, afterSequence: number, limit: number): Promise<AuditRow[]> {
  return await selectRecords(db).where("sequence", ">", afterSequence).orderBy("sequence").limit(limit).execute();
}

export async function countUnsealed(db: Db): Promise<number> {
  const row = await db
    .selectFrom("audit_events")
    .where("sequence", "is", null)
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function sealRow(
  db: Db,
  id: string,
  seal: { sequence: number; chain_mac: string; sealed_at: number },
): Promise<void> {
  await db.updateTable("audit_events").set(seal).where("id", "=", id).execute();
}

export async function findAuditHead(db: Db): Promise<AuditHeadRow | undefined> {
  return await db.selectFrom("audit_head").selectAll().where("id", "=", HEAD).executeTakeFirst();
}

/**
 * The head, for whoever is going to move it: others wait. The row is made first, because there must be one to lock;
 * on SQLite a transaction is alone anyway.
 */
export async function lockAuditHead(db: Db, first: Omit<AuditHeadRow, "id">): Promise<AuditHeadRow> {
  return await db
    .insertInto("audit_head")
    .values({ id: HEAD, ...first })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ sequence: sql<number>`audit_head.sequence` }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function moveAuditHead(db: Db, head: Omit<AuditHeadRow, "id">): Promise<void> {
  await db.updateTable("audit_head").set(head).where("id", "=", HEAD).execute();
}
