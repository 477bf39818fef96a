import type { Insertable, Selectable } from "kysely";
import type { CustomerTable, Db } from "../../schema.ts";

export type CustomerRow = Selectable<CustomerTable>;

export async function findCustomer(db: Db, shop: string, customerId: string): Promise<CustomerRow | undefined> {
  return await db
    .selectFrom("customers")
    .selectAll()
    .where("shop", "=", shop)
    .where("customer_id", "=", customerId)
    .executeTakeFirst();
}

/** In every shop, or in this one. */
export async function listCustomersNamed(db: Db, shop: string | null, customerId: string): Promise<CustomerRow[]> {
  return await db
    .selectFrom("customers")
    .selectAll()
    .where("customer_id", "=", customerId)
    .$if(shop !== null, (query) => query.where("shop", "=", shop))
    .orderBy("shop")
    .execute();
}

/** Two purchases of a new customer can arrive at once: the second one takes the row of the first. */
export async function insertCustomerIfMissing(db: Db, row: Insertable<CustomerTable>): Promise<void> {
  await db
    .insertInto("customers")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop", "customer_id"]).doNothing())
    .execute();
}

export async function updateCustomerEmail(db: Db, id: string, email: string | null, now: number): Promise<void> {
  await db.updateTable("customers").set({ email, updated_at: now }).where("id", "=", id).execute();
}

/** By name. */
export async function listShops(db: Db): Promise<string[]> {
  const rows = await db.selectFrom("shops").select("name").orderBy("name").execute();
  return rows.map((row) => row.name);
}

export async function insertShopIfMissing(db: Db, name: string, now: number): Promise<void> {
  await db
    .insertInto("shops")
    .values({ name, created_at: now })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
}
