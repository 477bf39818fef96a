import { sql } from "kysely";
import type { Insertable, Selectable, Updateable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, OrderStateTable } from "../../schema.ts";

export type OrderStateRow = Selectable<OrderStateTable>;

/**
 * Holds an order, sold already or not, until the transaction ends: of a sale and an ending at once the later one sees
 * what the earlier one did. Whoever takes it takes it before a customer or a token. SQLite lets one transaction write
 * at a time.
 */
export async function holdOrder(trx: Db, engine: Engine, shop: string, orderId: string): Promise<void> {
  if (engine === "sqlite") return;
  const name = JSON.stringify(["order", shop, orderId]);
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/** Of every buyer, or of those with these keys. */
export async function listOrderStates(
  db: Db,
  shop: string,
  orderId: string,
  buyers?: readonly string[],
): Promise<OrderStateRow[]> {
  return await db
    .selectFrom("order_states")
    .selectAll()
    .where("shop", "=", shop)
    .where("order_id", "=", orderId)
    .$if(buyers !== undefined, (query) => query.where("buyer", "in", buyers ?? []))
    .orderBy("buyer")
    .orderBy("within")
    .execute();
}

export async function storeOrderState(db: Db, row: Insertable<OrderStateTable>): Promise<void> {
  const { shop: _shop, order_id: _orderId, buyer: _buyer, within: _within, created_at: _createdAt, ...facts } = row;
  await db
    .insertInto("order_states")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop", "order_id", "buyer", "within"]).doUpdateSet(facts))
    .execute();
}

export async function updateOrderState(
  db: Db,
  { shop, order_id, buyer, within }: Pick<OrderStateRow, "shop" | "order_id" | "buyer" | "within">,
  change: Updateable<OrderStateTable>,
): Promise<void> {
  await db
    .updateTable("order_states")
    .set(change)
    .where("shop", "=", shop)
    .where("order_id", "=", order_id)
    .where("buyer", "=", buyer)
    .where("within", "=", within)
    .execute();
}
