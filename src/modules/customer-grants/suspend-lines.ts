import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { tellTokens } from "./line-access.ts";
import { countSuspendedGrants, storeRecord } from "./line-queries.ts";
import { isBoundWithin, recordOf } from "./line-state.ts";
import type { LineRecord } from "./line-state.ts";
import { WHOLE, readOrder, readOrders, writeOrder } from "./order-history.ts";

/**
 * Suspends what an order (of `customers.id`) grants within the caller's bound, also what is sold with it or renewed
 * later, until it is resumed; no date moves. Within the transaction of whoever holds the customer and records it.
 * Returns how many grants are suspended by it that were not; repeating it changes nothing.
 */
export async function suspendLinesOfOrder(
  trx: Db,
  changed: RecordChange,
  caller: Pick<Caller, "packageBound">,
  { customer, orderId }: { customer: string; orderId: string },
  now: number,
): Promise<number> {
  const { order } = await readOrder(trx, customer, orderId);
  const known = recordOf(order, caller.packageBound);
  const records = known.suspendedAt === null ? [{ ...known, suspendedAt: now }] : [];
  return await setSuspensions(trx, changed, { customer, orderId }, records, now);
}

/** The same of everything a customer has. */
export async function suspendLinesOfCustomer(
  trx: Db,
  changed: RecordChange,
  caller: Pick<Caller, "packageBound">,
  customer: string,
  now: number,
): Promise<number> {
  const { all } = await readOrder(trx, customer, WHOLE);
  const known = recordOf(all, caller.packageBound);
  const records = known.suspendedAt === null ? [{ ...known, suspendedAt: now }] : [];
  return await setSuspensions(trx, changed, { customer, orderId: WHOLE }, records, now);
}

/**
 * Takes the suspension of an order back, by whomever within the caller's bound it was; what its customer is suspended
 * for, or somebody who could suspend more, stays. Returns how many grants are not suspended any more.
 */
export async function resumeLinesOfOrder(
  trx: Db,
  changed: RecordChange,
  caller: Pick<Caller, "packageBound">,
  { customer, orderId }: { customer: string; orderId: string },
  now: number,
): Promise<number> {
  const { order } = await readOrder(trx, customer, orderId);
  return await setSuspensions(trx, changed, { customer, orderId }, resumed(order, caller), now);
}

/** The same of everything a customer has; what one order is suspended for stays. */
export async function resumeLinesOfCustomer(
  trx: Db,
  changed: RecordChange,
  caller: Pick<Caller, "packageBound">,
  customer: string,
  now: number,
): Promise<number> {
  const { all } = await readOrder(trx, customer, WHOLE);
  return await setSuspensions(trx, changed, { customer, orderId: WHOLE }, resumed(all, caller), now);
}

function resumed(records: readonly LineRecord[], { packageBound }: Pick<Caller, "packageBound">): LineRecord[] {
  return records
    .filter(({ bound, suspendedAt }) => suspendedAt !== null && isBoundWithin(bound, packageBound))
    .map((record) => ({ ...record, suspendedAt: null }));
}

/** Returns for how many grants that makes a difference. */
async function setSuspensions(
  trx: Db,
  changed: RecordChange,
  { customer, orderId }: { customer: string; orderId: string },
  records: readonly LineRecord[],
  now: number,
): Promise<number> {
  if (records.length === 0) return 0;
  const before = await countSuspendedGrants(trx, customer);
  for (const record of records) await storeRecord(trx, { customer, orderId, line: WHOLE }, record, now);
  for (const one of await readOrders(trx, customer)) {
    if (orderId === WHOLE || one.orderId === orderId) await writeOrder(trx, customer, one, now);
  }
  await tellTokens(trx, changed, customer);
  return Math.abs((await countSuspendedGrants(trx, customer)) - before);
}
