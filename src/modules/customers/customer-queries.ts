import { sql } from "kysely";
import type { Insertable, RawBuilder, SelectQueryBuilder, Selectable, Updateable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { CustomerTable, Db, Schema } from "../../schema.ts";
import { grantsOutsideBound, isNotNarrowed, scopesOutsideBound } from "../grants/index.ts";

export type CustomerRow = Selectable<CustomerTable>;
export type ShopRow = Selectable<Schema["shops"]>;

/**
 * The customer a shop calls so. Blanks around an id are none of it, unless there is one of exactly this id from before
 * that was so. One that was merged into another is that other one.
 */
export async function findCustomer(db: Db, shop: string, customerId: string): Promise<CustomerRow | undefined> {
  return (await listCustomersNamed(db, shop, customerId))[0];
}

/** By `customers.id`. */
export async function findCustomerById(db: Db, id: string): Promise<CustomerRow | undefined> {
  return await db.selectFrom("customers").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The same in every shop, or in this one. */
export async function listCustomersNamed(db: Db, shop: string | null, customerId: string): Promise<CustomerRow[]> {
  return await db
    .selectFrom("customers")
    .selectAll()
    .where("id", "in", idsOfCustomersNamed(customerId, shop))
    .orderBy("shop")
    .execute();
}

/** As a subquery, for lists. */
export function idsOfCustomersNamed(customerId: string, shop: string | null): RawBuilder<string> {
  const trimmed = customerId.trim();
  const also =
    trimmed === customerId
      ? sql``
      : sql` or named.customer_id = ${trimmed} and not exists (select 1 from customers as exact
          where exact.shop = named.shop and exact.customer_id = ${customerId})`;
  const ofShop = shop === null ? sql`` : sql` and named.shop = ${shop}`;
  return sql`(select coalesce(named.merged_into, named.id) from customers as named
    where (named.customer_id = ${customerId}${also})${ofShop})`;
}

/** False where the row is there. Two purchases of a new customer can arrive at once: the second one takes the first's. */
export async function insertCustomerIfMissing(db: Db, row: Insertable<CustomerTable>): Promise<boolean> {
  const result = await db
    .insertInto("customers")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop", "customer_id"]).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function updateCustomerEmail(db: Db, id: string, email: string | null, now: number): Promise<void> {
  await db.updateTable("customers").set({ email, updated_at: now }).where("id", "=", id).execute();
}

/** From now on mails about its tokens go where the customer (`customers.id`) is, and not where their orders were. */
export async function mailTokensToCustomer(db: Db, id: string): Promise<void> {
  await db.updateTable("tokens").set({ address_of: "customer" }).where("customer", "=", id).execute();
}

/**
 * Holds the row until the transaction ends, on PostgreSQL, also against a sale to it that is under way: that one is
 * either seen, or comes after. SQLite lets one transaction write at a time.
 */
export async function holdCustomer(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("customers").select("id").where("id", "=", id).forUpdate().execute();
}

export async function updateCustomer(db: Db, id: string, change: Updateable<CustomerTable>): Promise<void> {
  await db.updateTable("customers").set(change).where("id", "=", id).execute();
}

/** By `customers.id`. */
export async function isCustomerErased(db: Db, id: string): Promise<boolean> {
  const row = await db.selectFrom("customers").select("erased_at").where("id", "=", id).executeTakeFirst();
  return row !== undefined && row.erased_at !== null;
}

/** By name. */
export async function listShops(db: Db): Promise<ShopRow[]> {
  return await db.selectFrom("shops").select(["name", "created_at", "help"]).orderBy("name").execute();
}

export async function updateShopHelp(db: Db, name: string, help: string | null): Promise<void> {
  await db.updateTable("shops").set({ help }).where("name", "=", name).execute();
}

export async function insertShopIfMissing(db: Db, name: string, now: number): Promise<void> {
  await db
    .insertInto("shops")
    .values({ name, created_at: now })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
}

/**
 * How far a caller sees: its shop, and only customers that hold nothing outside its package bound, and have no token
 * that can ever read anything there.
 */
export interface CustomerVisibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

export async function isCustomerVisible(db: Db, visibility: CustomerVisibility, id: string): Promise<boolean> {
  const query = db.selectFrom("customers").select("id").where("id", "=", id).$call(visibleCustomers(visibility));
  return (await query.executeTakeFirst()) !== undefined;
}

/** Who has what a customer has: the other one, where it was merged into one. */
const HOLDER = sql`coalesce(customers.merged_into, customers.id)`;

/** What a caller sees of the table. */
export function visibleCustomers<O>({ shop, packageBound }: CustomerVisibility) {
  return (query: SelectQueryBuilder<Schema, "customers", O>): SelectQueryBuilder<Schema, "customers", O> => {
    const ofShop = shop === null ? query : query.where("shop", "=", shop);
    if (packageBound === null) return ofShop;
    const outside = grantsOutsideBound(packageBound);
    return ofShop.where(
      sql<boolean>`not exists (select 1 from grants where grants.customer = ${HOLDER} and ${outside})
        and not exists (select 1 from tokens join grants on grants.token = tokens.id
          where tokens.customer = ${HOLDER} and ${outside})
        and not exists (select 1 from tokens join token_scopes on token_scopes.token = tokens.id
          where tokens.customer = ${HOLDER} and ${scopesOutsideBound(packageBound)})
        and not exists (select 1 from tokens
          where tokens.customer = ${HOLDER} and tokens.access = 'customer' and ${isNotNarrowed("tokens.id")})`,
    );
  };
}
