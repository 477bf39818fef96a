import type { Db } from "../../schema.ts";
import { findCustomerById, holdCustomer } from "./customer-queries.ts";
import type { CustomerRow } from "./customer-queries.ts";
import type { Engine } from "../../platform/database/index.ts";

/** Who was merged into a customer (`customers.id`), directly or with somebody else. */
export async function listMergedInto(db: Db, customer: string): Promise<CustomerRow[]> {
  return await db
    .selectFrom("customers")
    .selectAll()
    .where("merged_into", "=", customer)
    .orderBy("customer_id")
    .execute();
}

/** Where an order went that was moved away from a customer; the customer itself where it was not. */
export async function findHolderOfOrder(db: Db, customer: string, orderId: string): Promise<string> {
  const row = await db
    .selectFrom("moved_orders")
    .select("moved_to")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .executeTakeFirst();
  return row?.moved_to ?? customer;
}

/** The customer an order was moved to, held; undefined where it was not moved away from this one. */
export async function holdHolderOfOrder(
  trx: Db,
  engine: Engine,
  customer: string,
  orderId: string,
): Promise<CustomerRow | undefined> {
  const holder = await findHolderOfOrder(trx, customer, orderId);
  if (holder === customer) return undefined;
  await holdCustomer(trx, engine, holder);
  return await findCustomerById(trx, holder);
}

/** What is told of orders that somebody who is forgotten gave away or got reaches them no more. */
export async function forgetMovedOrders(trx: Db, customer: string): Promise<void> {
  await trx
    .deleteFrom("moved_orders")
    .where((where) => where.or([where("customer", "=", customer), where("moved_to", "=", customer)]))
    .execute();
}

export async function forgetJoinCode(trx: Db, customer: string): Promise<void> {
  await trx.deleteFrom("join_codes").where("customer", "=", customer).execute();
}

/** Nothing that was merged into a customer, or moved from it or to it, is given back any more. */
export async function forgetMoves(trx: Db, customer: string): Promise<void> {
  await trx
    .updateTable("moves")
    .set({ undo: null })
    .where((where) => where.or([where("from_customer", "=", customer), where("to_customer", "=", customer)]))
    .where("undo", "is not", null)
    .execute();
}
