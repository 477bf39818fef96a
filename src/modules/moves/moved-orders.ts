import { sql } from "kysely";
import type { Db } from "../../schema.ts";
import { findCustomerById } from "../customers/index.ts";
import type { ToldOrders } from "./move-undo.ts";

/** What the shop tells of an order under an old customer reaches it where it is. Returns what that changed. */
export async function rememberMovedOrder(db: Db, customer: string, orderId: string, to: string): Promise<ToldOrders> {
  const redirected = await db
    .updateTable("moved_orders")
    .set({ moved_to: to })
    .where("moved_to", "=", customer)
    .where("order_id", "=", orderId)
    .where("customer", "!=", to)
    .returning(["customer", "order_id"])
    .execute();
  const dropped = await db
    .deleteFrom("moved_orders")
    .where("customer", "=", to)
    .where("order_id", "=", orderId)
    .returning(["order_id", "moved_to"])
    .execute();
  await db
    .insertInto("moved_orders")
    .values({ customer, order_id: orderId, moved_to: to })
    .onConflict((conflict) => conflict.columns(["customer", "order_id"]).doUpdateSet({ moved_to: to }))
    .execute();
  return { redirected, dropped, copied: [] };
}

/** The order is back: what is told of it leads where it led before. Nothing changes where it went on meanwhile. */
export async function forgetMovedOrder(
  db: Db,
  { from, to, orderId }: { from: string; to: string; orderId: string },
  told: ToldOrders | undefined,
): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom("moved_orders")
    .where("customer", "=", from)
    .where("order_id", "=", orderId)
    .where("moved_to", "=", to)
    .executeTakeFirst();
  if (numDeletedRows === 0n || told === undefined) return;
  await leadBack(db, { from, to }, told.redirected);
  for (const { order_id, moved_to } of told.dropped) {
    // Of somebody who is forgotten nothing is remembered again.
    const holder = await findCustomerById(db, moved_to);
    if (holder?.erased_at !== null) continue;
    await db
      .insertInto("moved_orders")
      .values({ customer: to, order_id, moved_to })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** As far as nobody gave them on. */
async function leadBack(
  db: Db,
  { from, to }: { from: string; to: string },
  redirected: ToldOrders["redirected"],
): Promise<void> {
  for (const { customer, order_id } of redirected) {
    await db
      .updateTable("moved_orders")
      .set({ moved_to: from })
      .where("customer", "=", customer)
      .where("order_id", "=", order_id)
      .where("moved_to", "=", to)
      .execute();
  }
}

/**
 * Of a customer that was merged: what it moved away, and what was moved to it, is found under the other one. Returns
 * what that changed.
 */
export async function mergeMovedOrders(db: Db, from: string, to: string): Promise<ToldOrders> {
  const redirected = await db
    .updateTable("moved_orders")
    .set({ moved_to: to })
    .where("moved_to", "=", from)
    .returning(["customer", "order_id"])
    .execute();
  const { rows } = await sql<{ order_id: string }>`insert into moved_orders (customer, order_id, moved_to)
    select ${to}, order_id, moved_to from moved_orders where customer = ${from} and moved_to <> ${to}
    on conflict (customer, order_id) do nothing returning order_id`.execute(db);
  return { redirected, dropped: [], copied: rows.map(({ order_id }) => order_id) };
}

/** They are two again. */
export async function unmergeMovedOrders(
  db: Db,
  { from, to }: { from: string; to: string },
  told: ToldOrders | undefined,
): Promise<void> {
  if (told === undefined) return;
  await leadBack(db, { from, to }, told.redirected);
  for (const orderId of told.copied) {
    await sql`delete from moved_orders where customer = ${to} and order_id = ${orderId} and moved_to in
      (select moved_to from moved_orders where customer = ${from} and order_id = ${orderId})`.execute(db);
  }
}
