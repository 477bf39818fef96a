import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Database, Db } from "../../schema.ts";
import { deleteDeliveriesBefore, deleteMessagesBefore, eraseMessagesOf } from "./delivery-queries.ts";

const KEPT_SECONDS = 30 * 24 * 3600;
/** A few milliseconds of work: others write between two such pieces. */
const ROWS_AT_ONCE = 500;

/** Deletes deliveries that are older than 30 days, and messages that none is left of. */
export async function forgetOldDeliveries(deps: { database: Pick<Database, "db">; clock: Clock }): Promise<void> {
  const { db } = deps.database;
  const before = nowSeconds(deps.clock) - KEPT_SECONDS;
  while ((await deleteDeliveriesBefore(db, before, ROWS_AT_ONCE)) === ROWS_AT_ONCE);
  while ((await deleteMessagesBefore(db, before, ROWS_AT_ONCE)) === ROWS_AT_ONCE);
}

/**
 * Takes what identifies a customer (`customers.id`) out of the messages of the last 30 days, within the transaction of
 * whoever erases the customer. What was sent already is with its receiver.
 */
export async function eraseCustomerFromDeliveries(trx: Db, customer: string): Promise<void> {
  await eraseMessagesOf(trx, customer);
}
