import type { Insertable, RawBuilder, Selectable } from "kysely";
import { sql } from "kysely";
import type { AuditEventTable, AuditHeadTable, AuditPersonalValueTable, Db, RefusalDayTable } from "../../schema.ts";

/** A record with its personal values, where it has them still. */
export type AuditRow = Selectable<AuditEventTable> & {
  personal_values: string | null;
  personal_customer: string | null;
  nonce: string | null;
};
export type AuditHeadRow = Selectable<AuditHeadTable>;

export async function insertAuditEvent(db: Db, row: Insertable<AuditEventTable>): Promise<void> {
  await db.insertInto("audit_events").values(row).execute();
}

export async function insertPersonalValues(db: Db, row: Insertable<AuditPersonalValueTable>): Promise<void> {
  await db.insertInto("audit_personal_values").values(row).execute();
}

/** Tokens that a customer (`customers.id`) has, or once had. */
export async function listTokensInRecordsOf(db: Db, customer: string): Promise<string[]> {
  const rows = await db
    .selectFrom("audit_events")
    .select("target_id")
    .distinct()
    .where("customer", "=", customer)
    .where("target_kind", "=", "token")
    .execute();
  return rows.map((row) => row.target_id);
}

export const IDS_AT_ONCE = 500;

/** Of records of this customer (`customers.id`, null for guests), and about these tokens. */
export async function deletePersonalValues(
  db: Db,
  { customer, tokens }: { customer: string | null; tokens: readonly string[] },
): Promise<void> {
  const from = () => db.deleteFrom("audit_personal_values");
  const events = () => db.selectFrom("audit_events").select("id");
  if (customer !== null) {
    await from().where("customer", "=", customer).execute();
    await from()
      .where("event", "in", events().where("customer", "=", customer))
      .execute();
  }
  for (let start = 0; start < tokens.length; start += IDS_AT_ONCE) {
    const some = tokens.slice(start, start + IDS_AT_ONCE);
    await from()
      .where("event", "in", events().where("target_id", "in", some))
      .execute();
  }
}

export function selectRecords(db: Db) {
  return db
    .selectFrom("audit_events")
    .leftJoin("audit_personal_values", "audit_personal_values.event", "audit_events.id")
    .selectAll("audit_events")
    .select([
      "audit_personal_values.personal_values",
      "audit_personal_values.customer as personal_customer",
      "audit_personal_values.nonce",
    ]);
}

export interface AuditFilter {
  limit: number;
  target?: string | undefined;
  /** Of one of these; an empty list finds nothing. */
  actions?: readonly string[] | undefined;
  actor?: string | undefined;
  /** The id of an actor, a target, a request or a record. */
  anyId?: string | undefined;
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

type Condition = RawBuilder<boolean>;

/**
 * Newest first. A choice, such as between two shops or several actions, is asked choice by choice: each is the end of
 * an index, and the newest of their newest is the answer. As one condition with "or" it would read the whole log.
 */
export async function listAuditRows(db: Db, filter: AuditFilter): Promise<AuditRow[]> {
  const choices = choicesOf(filter);
  if (choices.length === 0) return [];
  const parts = choices.map((conditions) =>
    selectRecords(db).$call(matchingAll(filter, conditions)).$call(newestFirst(filter.limit)),
  );
  const [first, ...others] = parts.map((part) => db.selectFrom(part.as("part")).selectAll());
  if (first === undefined) return [];
  // The same record can be found twice only by an id that means several things.
  const all = others.reduce((sum, one) => (filter.anyId === undefined ? sum.unionAll(one) : sum.union(one)), first);
  return await db
    .selectFrom(all.as("parts"))
    .selectAll()
    .orderBy("occurred_at", "desc")
    .orderBy(PLACE, "desc")
    .orderBy("id", "desc")
    .limit(filter.limit)
    .execute();
}

function newestFirst(limit: number) {
  return (query: ReturnType<typeof selectRecords>): ReturnType<typeof selectRecords> =>
    query.orderBy("occurred_at", "desc").orderBy(PLACE, "desc").orderBy("audit_events.id", "desc").limit(limit);
}

/** Every combination of what there is to choose from; each by itself a list of conditions that must all hold. */
function choicesOf({ visible, anyId, actions, target, actor, customerId }: AuditFilter): Condition[][] {
  const isNarrow = [anyId, target, actor, customerId].some((id) => id !== undefined);
  const shops: Condition[][] = isNarrow || actions !== undefined ? [shopConditions(visible)] : shopChoices(visible);
  const ofActions: Condition[][] =
    actions === undefined
      ? [[]]
      : isNarrow && actions.length > 0
        ? [[sql`action in (${sql.join(actions)})`]]
        : actions.map((action) => [sql`action = ${action}`]);
  const ids: Condition[][] =
    anyId === undefined
      ? [[]]
      : ["actor_id", "target_id", "request_id", "audit_events.id"].map((column) => [
          sql`${sql.ref(column)} = ${anyId}`,
        ]);
  return shops.flatMap((shop) => ofActions.flatMap((action) => ids.map((id) => [...shop, ...action, ...id])));
}

/** For the index of a shop's records, which is the one to use where nothing else is asked for. */
function shopChoices(visible: AuditFilter["visible"]): Condition[][] {
  if (visible === undefined) return [[]];
  return [[sql`shop = ${visible.shop}`], ...(visible.withShopless ? [[sql<boolean>`shop is null`]] : [])];
}

/** In words that no index knows, so that the index of what else is asked for is used: most servers have one shop. */
function shopConditions(visible: AuditFilter["visible"]): Condition[] {
  if (visible === undefined) return [];
  const shops = [visible.shop, ...(visible.withShopless ? [""] : [])];
  return [sql`coalesce(shop, '') in (${sql.join(shops)})`];
}

function matchingAll(filter: AuditFilter, conditions: readonly Condition[]) {
  return (query: ReturnType<typeof selectRecords>): ReturnType<typeof selectRecords> => {
    const { target, actor, since, until, visible, customerId, after } = filter;
    // What was found not to be genuine is told by a record of its own.
    let result = query.where(sql<boolean>`(sequence is not null or refused_at is null)`);
    for (const condition of conditions) result = result.where(condition);
    if (target !== undefined) result = result.where("target_id", "=", target);
    if (actor !== undefined) result = result.where("actor_id", "=", actor);
    if (since !== undefined) result = result.where("occurred_at", ">=", since);
    if (until !== undefined) result = result.where("occurred_at", "<", until);
    if (customerId !== undefined) {
      result = result.where("audit_events.customer", "in", everCalled(customerId, visible?.shop));
    }
    return after === undefined ? result : result.$call(behind(after));
  };
}

/** `customers.id` of whom a shop calls so, and of those that were merged into it or it into them. */
function everCalled(customerId: string, shop: string | undefined) {
  const ofShop = shop === undefined ? sql`` : sql` and named.shop = ${shop}`;
  const named = sql`select coalesce(named.merged_into, named.id) from customers as named
    where named.customer_id = ${customerId}${ofShop}`;
  return sql<string>`(${named} union all select merged.id from customers as merged where merged.merged_into in (${named}))`;
}

function behind({ occurred_at, place, id }: AuditPosition) {
  return (query: ReturnType<typeof selectRecords>): ReturnType<typeof selectRecords> =>
    // The first condition says nothing new; it is what the index on the time is asked by.
    query
      .where("occurred_at", "<=", occurred_at)
      .where((where) =>
        where.or([
          where("occurred_at", "<", occurred_at),
          where(PLACE, "<", place),
          where.and([where(PLACE, "=", place), where("audit_events.id", "<", id)]),
        ]),
      );
}

/** Every action there is a record of, without reading the records: from one to the next in the index. */
export async function listActions(db: Db): Promise<string[]> {
  const { rows } = await sql<{ action: string }>`
    with recursive actions(action) as (
      select min(action) from audit_events
      union all
      select (select min(e.action) from audit_events as e where e.action > actions.action)
        from actions where actions.action is not null
    ) select action from actions where action is not null`.execute(db);
  return rows.map((row) => row.action);
}

export async function findAuditPosition(db: Db, id: string): Promise<AuditPosition | undefined> {
  return await db
    .selectFrom("audit_events")
    .select(["occurred_at", PLACE.as("place"), "id"])
    .where("id", "=", id)
    .executeTakeFirst();
}

/** What {@link RefusalDayTable} keeps beside the records, so that an overview need not read them. */
export async function addRefusals(db: Db, row: Insertable<RefusalDayTable>): Promise<void> {
  await db
    .insertInto("refusal_days")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["day", "surface", "problem"]).doUpdateSet({
        count: sql<number>`refusal_days.count + excluded.count`,
        last_at: sql<number>`case when excluded.last_at > refusal_days.last_at then excluded.last_at else refusal_days.last_at end`,
      }),
    )
    .execute();
}
