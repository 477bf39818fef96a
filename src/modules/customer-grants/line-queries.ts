import type { Selectable } from "kysely";
import { newId } from "../../platform/crypto/ids.ts";
import type { Db, GrantLineTable } from "../../schema.ts";
import { insertGrants } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import type { Cancellation, GrantTerms, LineRecord, Purchase } from "./line-state.ts";

/** A line, or with `line` "" its whole order, or with `orderId` "" besides all of the customer. */
export interface LineKey {
  /** `customers.id`. */
  customer: string;
  orderId: string;
  line: string;
}

/** What is remembered of a line, and where. */
export interface StoredLine extends LineRecord {
  line: string;
}

/** Everything remembered of an order: its lines, and as "" the order itself. */
export async function listLinesOfOrder(db: Db, customer: string, orderId: string): Promise<StoredLine[]> {
  const rows = await db
    .selectFrom("grant_lines")
    .selectAll()
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .execute();
  return rows.map(toStoredLine).sort((a, b) => (a.line < b.line ? -1 : 1));
}

export async function findLine(db: Db, key: LineKey): Promise<StoredLine | undefined> {
  const row = await db
    .selectFrom("grant_lines")
    .selectAll()
    .where("customer", "=", key.customer)
    .where("order_id", "=", key.orderId)
    .where("line", "=", key.line)
    .executeTakeFirst();
  return row && toStoredLine(row);
}

function toStoredLine(row: Selectable<GrantLineTable>): StoredLine {
  return {
    line: row.line,
    purchase: readPurchase(row),
    revocations: readCancellations(row.revocations),
    releases: readCancellations(row.releases),
  };
}

/** What is beside the terms is there only where it is not what it mostly is. */
type StoredTerms = GrantTerms & Partial<Pick<Purchase, "within" | "beneath" | "since">>;

function readPurchase(row: Selectable<GrantLineTable>): Purchase | null {
  if (row.granted_at === null || row.terms === null) return null;
  const { within = null, beneath = null, since = row.granted_at, ...terms } = JSON.parse(row.terms) as StoredTerms;
  return {
    ...{ at: row.granted_at, since },
    isByReceipt: row.granted_by_receipt === 1,
    ...{ terms, within, beneath },
    dependencies: JSON.parse(row.dependencies) as string[],
  };
}

function writeTerms({ terms, within, beneath, at, since }: Purchase): string {
  const ofBound = within === null ? {} : { within, beneath };
  return JSON.stringify({ ...terms, ...ofBound, ...(since === at ? {} : { since }) } satisfies StoredTerms);
}

/** A plain time is a cancellation without a bound. */
type StoredCancellation = number | Cancellation;

function readCancellations(text: string): Cancellation[] {
  return (JSON.parse(text) as StoredCancellation[]).map((one) =>
    typeof one === "number" ? { at: one, within: null } : one,
  );
}

function writeCancellations(all: readonly Cancellation[]): string {
  return JSON.stringify(all.map((one): StoredCancellation => (one.within === null ? one.at : one)));
}

/** Of all orders: with the order's id, the lines and what stands for the order. */
export async function listLinesOfCustomer(db: Db, customer: string): Promise<Map<string, StoredLine[]>> {
  const byOrder = Map.groupBy(await listDatedLines(db, customer), ({ orderId }) => orderId);
  return new Map([...byOrder].map(([orderId, some]) => [orderId, some.map(({ stored }) => stored)]));
}

/** A line or what stands for more than one, with its order. */
export interface DatedLine {
  orderId: string;
  stored: StoredLine;
  createdAt: number;
  updatedAt: number;
}

/** The same in one list, in the order in which they came to be known. */
export async function listDatedLines(db: Db, customer: string): Promise<DatedLine[]> {
  const rows = await db
    .selectFrom("grant_lines")
    .selectAll()
    .where("customer", "=", customer)
    .orderBy("created_at")
    .orderBy("order_id")
    .orderBy("line")
    .execute();
  return rows.map((row) => ({
    ...{ orderId: row.order_id, stored: toStoredLine(row), createdAt: row.created_at, updatedAt: row.updated_at },
  }));
}

/** Returns how many grants of the customer are not revoked. */
export async function countGrantsInForce(db: Db, customer: string): Promise<number> {
  const row = await db
    .selectFrom("grants")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function storeLine(db: Db, key: LineKey, record: LineRecord, now: number): Promise<void> {
  const { purchase, revocations, releases } = record;
  const facts = {
    granted_at: purchase?.at ?? null,
    granted_by_receipt: purchase?.isByReceipt === true ? 1 : 0,
    terms: purchase === null ? null : writeTerms(purchase),
    dependencies: JSON.stringify(purchase?.dependencies ?? []),
    revocations: writeCancellations(revocations),
    releases: writeCancellations(releases),
    updated_at: now,
  };
  await db
    .insertInto("grant_lines")
    .values({ customer: key.customer, order_id: key.orderId, line: key.line, ...facts, created_at: now })
    .onConflict((conflict) => conflict.columns(["customer", "order_id", "line"]).doUpdateSet(facts))
    .execute();
}

/** The grants of a line; ended ones too. */
export async function listGrantsOfLine(db: Db, key: LineKey): Promise<GrantRow[]> {
  return await db
    .selectFrom("grants")
    .selectAll()
    .where("customer", "=", key.customer)
    .where("order_id", "=", key.orderId)
    .where("line", "=", key.line)
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
>;

export async function addGrantsOfLine(db: Db, key: LineKey, facts: GrantFacts[], now: number): Promise<void> {
  const ids = facts.map(() => newId("grant")).sort();
  await insertGrants(
    db,
    facts.map((one, index) => ({
      id: ids[index] ?? newId("grant"),
      ...{ token: null, customer: key.customer, order_id: key.orderId, line: key.line },
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
