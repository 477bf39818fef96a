import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Db } from "../../schema.ts";
import { visibleCustomers } from "../customers/index.ts";
import type { CustomerRow, CustomerVisibility } from "../customers/index.ts";
import { tokenGoesOn, withinBound } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";

interface Page {
  /** Only rows after this one, in the order of the list. */
  after?: { at: number; id: string } | undefined;
  limit: number;
}

/** Newest first. */
export async function listCustomerRows(
  db: Db,
  visibility: CustomerVisibility,
  page: Page,
  found: RawBuilder<boolean> | undefined,
): Promise<CustomerRow[]> {
  let query = db
    .selectFrom("customers")
    .selectAll()
    .where("merged_into", "is", null)
    .$call(visibleCustomers(visibility));
  if (found !== undefined) query = query.where(found);
  if (page.after !== undefined) {
    const { at, id } = page.after;
    // The first condition says nothing new; it is what the index on the time is asked by.
    query = query
      .where("created_at", "<=", at)
      .where((where) => where.or([where("created_at", "<", at), where("id", "<", id)]));
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

/** What the tokens of a customer come to. */
export interface TokenSums {
  active: number;
  suspended: number;
  expired: number;
  revoked: number;
  last_used_at: number | null;
  next_expires_at: number | null;
}

/** By `customers.id`; without customers that never had a token. */
export async function sumTokens(db: Db, customers: readonly string[], now: number): Promise<Map<string, TokenSums>> {
  if (customers.length === 0) return new Map();
  const isExpired = sql`revoked_at is null and suspended_at is null and not ${tokenGoesOn(now)}`;
  const isActive = sql`revoked_at is null and suspended_at is null and ${tokenGoesOn(now)}`;
  const rows = await db
    .selectFrom("tokens")
    .where("customer", "in", customers)
    .groupBy("customer")
    .select([
      "customer",
      sql<number>`sum(case when ${isActive} then 1 else 0 end)`.as("active"),
      sql<number>`sum(case when revoked_at is null and suspended_at is not null then 1 else 0 end)`.as("suspended"),
      sql<number>`sum(case when ${isExpired} then 1 else 0 end)`.as("expired"),
      sql<number>`sum(case when revoked_at is not null then 1 else 0 end)`.as("revoked"),
      sql<number | null>`max(last_used_at)`.as("last_used_at"),
      sql<number | null>`min(case when ${isActive} then expires_at end)`.as("next_expires_at"),
    ])
    .execute();
  return new Map(rows.map(({ customer, ...sums }) => [customer ?? "", sums]));
}

/** A grant, and what its token says besides; a customer's own grant has no token. */
export type HeldGrantRow = GrantRow & {
  token_expires_at: number | null;
  token_grace_days: number;
  token_revoked_at: number | null;
  token_suspended_at: number | null;
};

/** The customer's own grants and those of its tokens, newest first; of those within a bound, ended or not. */
export async function listHeldGrants(
  db: Db,
  customer: string,
  bound: readonly string[] | null,
  { after, limit }: Page,
): Promise<HeldGrantRow[]> {
  const own = db
    .selectFrom("grants")
    .selectAll()
    .select([
      sql<number | null>`null`.as("token_expires_at"),
      sql<number>`0`.as("token_grace_days"),
      sql<number | null>`null`.as("token_revoked_at"),
      sql<number | null>`null`.as("token_suspended_at"),
    ])
    .where("customer", "=", customer);
  const ofTokens = db
    .selectFrom("tokens")
    .innerJoin("grants", "grants.token", "tokens.id")
    .selectAll("grants")
    .select([
      "tokens.expires_at as token_expires_at",
      "tokens.grace_days as token_grace_days",
      "tokens.revoked_at as token_revoked_at",
      "tokens.suspended_at as token_suspended_at",
    ])
    .where("tokens.customer", "=", customer);
  // Two look-ups; as one condition with "or" PostgreSQL would read every grant there is.
  let query = db
    .selectFrom(ofTokens.unionAll(own).as("held"))
    .selectAll()
    .where(withinBound(bound, "held.package_pattern"));
  if (after !== undefined) {
    const { at, id } = after;
    query = query
      .where("created_at", "<=", at)
      .where((where) => where.or([where("created_at", "<", at), where("id", "<", id)]));
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(limit).execute();
}

/** Whether a customer (`customers.id`) has a token or a grant that is not revoked. */
export async function hasAnythingUnrevoked(db: Db, customer: string): Promise<boolean> {
  const token = db.selectFrom("tokens").select("id").where("customer", "=", customer).where("revoked_at", "is", null);
  const grant = db.selectFrom("grants").select("id").where("customer", "=", customer).where("revoked_at", "is", null);
  if ((await token.limit(1).executeTakeFirst()) !== undefined) return true;
  return (await grant.limit(1).executeTakeFirst()) !== undefined;
}

/** How many a caller sees. */
export async function countCustomers(db: Db, visibility: CustomerVisibility): Promise<number> {
  const query = db
    .selectFrom("customers")
    .select(sql<number>`count(*)`.as("count"))
    .$call(visibleCustomers(visibility));
  // By the narrowest index there is, and by one of the few that were merged.
  const merged = query.where("merged_into", "is not", null);
  const [all, others] = [await query.executeTakeFirstOrThrow(), await merged.executeTakeFirstOrThrow()];
  return all.count - others.count;
}

/** Of the shop's other customers the ids that are the same but for blanks, as far as the caller sees them. */
export async function listVariants(
  db: Db,
  visibility: CustomerVisibility,
  { id, shop, customer_id }: Pick<CustomerRow, "id" | "shop" | "customer_id">,
): Promise<string[]> {
  const rows = await db
    .selectFrom("customers")
    .select("customer_id")
    .$call(visibleCustomers({ ...visibility, shop }))
    .where(sql<string>`trim(customer_id)`, "=", customer_id.trim())
    .where("id", "!=", id)
    .where("merged_into", "is", null)
    .orderBy("customer_id")
    .execute();
  return rows.map((row) => row.customer_id);
}
