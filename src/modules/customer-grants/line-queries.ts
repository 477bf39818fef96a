import type { Selectable } from "kysely";
import { newId } from "../../platform/crypto/ids.ts";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, GrantLineTable } from "../../schema.ts";
import { insertGrants } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import type { GrantTerms, LineRecord, Purchase } from "./line-state.ts";

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

/**
 * Holds the customer until the transaction ends, on PostgreSQL, also against a token that is being made for it: that
 * one is either seen and told of the change, or comes after it. SQLite lets one transaction write at a time.
 */
export async function lockCustomerForGrants(db: Db, engine: Engine, customer: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("customers").select("id").where("id", "=", customer).forUpdate().execute();
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

/** When the customer's latest purchase happened; null where there is none. */
export async function findLatestPurchase(db: Db, customer: string): Promise<number | null> {
  const row = await db
    .selectFrom("grant_lines")
    .select((e) => e.fn.max("granted_at").as("latest"))
    .where("customer", "=", customer)
    .executeTakeFirst();
  return row?.latest ?? null;
}

function toStoredLine(row: Selectable<GrantLineTable>): StoredLine {
  const purchase: Purchase | null =
    row.granted_at === null || row.terms === null
      ? null
      : {
          at: row.granted_at,
          isByReceipt: row.granted_by_receipt === 1,
          terms: JSON.parse(row.terms) as GrantTerms,
          dependencies: JSON.parse(row.dependencies) as string[],
        };
  return {
    line: row.line,
    purchase,
    revocations: JSON.parse(row.revocations) as number[],
    releases: JSON.parse(row.releases) as number[],
  };
}

export async function storeLine(db: Db, key: LineKey, record: LineRecord, now: number): Promise<void> {
  const { purchase, revocations, releases } = record;
  const facts = {
    granted_at: purchase?.at ?? null,
    granted_by_receipt: purchase?.isByReceipt === true ? 1 : 0,
    terms: purchase === null ? null : JSON.stringify(purchase.terms),
    dependencies: JSON.stringify(purchase?.dependencies ?? []),
    revocations: JSON.stringify(revocations),
    releases: JSON.stringify(releases),
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

export async function updateGrant(db: Db, id: string, facts: Partial<GrantFacts>, now: number): Promise<void> {
  await db
    .updateTable("grants")
    .set({ ...facts, updated_at: now })
    .where("id", "=", id)
    .execute();
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
    .where("access", "=", "customer")
    .execute();
  return rows.map((row) => row.id);
}
