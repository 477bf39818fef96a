import type { Selectable } from "kysely";
import { newId } from "../../platform/crypto/ids.ts";
import type { Db, GrantLineTable } from "../../schema.ts";
import { insertGrants } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import { boundKey } from "./line-state.ts";
import type { Bound, Cancellation, GrantTerms, LineRecord, Purchase } from "./line-state.ts";

/** A line, or with `line` "" its whole order, or with `orderId` "" besides all of the customer. */
export interface LineKey {
  /** `customers.id`. */
  customer: string;
  orderId: string;
  line: string;
}

/** A record, and of what. */
export interface StoredRecord extends LineRecord {
  orderId: string;
  line: string;
  createdAt: number;
  updatedAt: number;
}

/** All that is remembered of an order: of its lines, of the order itself, and of its customer. */
export async function listRecordsOfOrder(db: Db, customer: string, orderId: string): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom("grant_lines")
    .selectAll()
    .where("customer", "=", customer)
    .where("order_id", "in", [orderId, ""])
    .execute();
  return rows.map(toStoredRecord).sort((a, b) => (a.line < b.line ? -1 : 1));
}

/** Of all orders, in the order in which they came to be known. */
export async function listRecordsOfCustomer(db: Db, customer: string): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom("grant_lines")
    .selectAll()
    .where("customer", "=", customer)
    .orderBy("created_at")
    .orderBy("order_id")
    .orderBy("line")
    .orderBy("bound")
    .execute();
  return rows.map(toStoredRecord);
}

function toStoredRecord(row: Selectable<GrantLineTable>): StoredRecord {
  return {
    orderId: row.order_id,
    line: row.line,
    bound: row.bound === "" ? null : (JSON.parse(row.bound) as string[]),
    purchase: readPurchase(row),
    revocations: JSON.parse(row.revocations) as Cancellation[],
    releases: JSON.parse(row.releases) as Cancellation[],
    suspendedAt: row.suspended_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function readPurchase(row: Selectable<GrantLineTable>): Purchase | null {
  if (row.granted_at === null || row.terms === null) return null;
  return {
    at: row.granted_at,
    receipt: row.granted_receipt,
    isByReceipt: row.granted_by_receipt === 1,
    terms: JSON.parse(row.terms) as GrantTerms,
    dependencies: JSON.parse(row.dependencies) as string[],
  };
}

/** Returns how many grants of the customer are suspended, and not revoked. */
export async function countSuspendedGrants(db: Db, customer: string): Promise<number> {
  const row = await db
    .selectFrom("grants")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .where("suspended_at", "is not", null)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function storeRecord(db: Db, key: LineKey, record: LineRecord, now: number): Promise<void> {
  const { purchase, revocations, releases } = record;
  const facts = {
    granted_at: purchase?.at ?? null,
    granted_receipt: purchase?.receipt ?? 0,
    granted_by_receipt: purchase?.isByReceipt === true ? 1 : 0,
    terms: purchase === null ? null : JSON.stringify(purchase.terms),
    dependencies: JSON.stringify(purchase?.dependencies ?? []),
    revocations: JSON.stringify(revocations),
    releases: JSON.stringify(releases),
    suspended_at: record.suspendedAt,
    updated_at: now,
  };
  const place = { customer: key.customer, order_id: key.orderId, line: key.line, bound: boundKey(record.bound) };
  await db
    .insertInto("grant_lines")
    .values({ ...place, ...facts, created_at: now })
    .onConflict((conflict) => conflict.columns(["customer", "order_id", "line", "bound"]).doUpdateSet(facts))
    .execute();
}

/** What is told of a customer from now on has a greater number than this. */
export async function findLastReceipt(db: Db, customer: string): Promise<number> {
  const row = await db.selectFrom("customers").select("last_receipt").where("id", "=", customer).executeTakeFirst();
  return row?.last_receipt ?? 0;
}

/** Returns how many grants of the customer, or of one order of it, are not revoked. */
export async function countGrants(db: Db, customer: string, orderId?: string): Promise<number> {
  const row = await db
    .selectFrom("grants")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .$if(orderId !== undefined, (query) => query.where("order_id", "=", orderId ?? null))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** The grants of a line by whoever has this bound; ended ones too. */
export async function listGrantsOfRecord(db: Db, key: LineKey, bound: Bound): Promise<GrantRow[]> {
  return await db
    .selectFrom("grants")
    .selectAll()
    .where("customer", "=", key.customer)
    .where("order_id", "=", key.orderId)
    .where("line", "=", key.line)
    .where("line_bound", "=", boundKey(bound))
    .orderBy("id")
    .execute();
}

/** What of a row of `grants` follows from the line. */
export type GrantFacts = Pick<
  GrantRow,
  | "package_pattern"
  | "version_constraint"
  | "stability"
  | "updates_until"
  | "starts_at"
  | "expires_at"
  | "occurred_at"
  | "revoked_at"
  | "is_dependency"
  | "suspended_at"
  | "grace_days"
>;

export async function addGrantsOfRecord(
  db: Db,
  key: LineKey,
  bound: Bound,
  facts: GrantFacts[],
  now: number,
): Promise<void> {
  const ids = facts.map(() => newId("grant")).sort();
  await insertGrants(
    db,
    facts.map((one, index) => ({
      id: ids[index] ?? newId("grant"),
      ...{ token: null, customer: key.customer, order_id: key.orderId, line: key.line },
      line_bound: boundKey(bound),
      ...one,
      ...{ created_at: now, updated_at: now },
    })),
  );
}

/** Far below what one statement may bind. */
const IDS_AT_ONCE = 1_000;

export async function updateGrant(db: Db, id: string, facts: Partial<GrantFacts>, now: number): Promise<void> {
  await db
    .updateTable("grants")
    .set({ ...facts, updated_at: now })
    .where("id", "=", id)
    .execute();
}

export async function deleteGrants(db: Db, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    await db
      .deleteFrom("grants")
      .where("id", "in", ids.slice(start, start + IDS_AT_ONCE))
      .execute();
  }
}

/** Returns how many there were to end. */
export async function endGrantsOfCustomer(db: Db, customer: string, at: number, now: number): Promise<number> {
  const result = await db
    .updateTable("grants")
    .set({ revoked_at: at, updated_at: now })
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Who must be told that the customer's grants changed. */
export async function listTokensReadingCustomer(db: Db, customer: string): Promise<string[]> {
  const rows = await db
    .selectFrom("tokens")
    .select("id")
    .where("customer", "=", customer)
    .where("access", "!=", "own")
    .execute();
  return rows.map((row) => row.id);
}
