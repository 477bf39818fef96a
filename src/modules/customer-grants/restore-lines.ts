import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { keepWithinBudgets } from "../grants/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";
import type { CancelledSince } from "./cancel-lines.ts";
import { tellTokens } from "./line-access.ts";
import { countGrants, storeRecord } from "./line-queries.ts";
import { hasCancellationsSince, isBoundWithin, withoutCancellationsSince } from "./line-state.ts";
import { WHOLE, readOrder, readOrders, writeOrder } from "./order-history.ts";

/** An order of a customer (`customers.id`), or with "" everything it has. */
export interface CancelledPlace {
  customer: string;
  orderId: string;
}

/**
 * Whether a caller may undo the cancellations of a whole order, or of everything of a customer, since `before`: not
 * those of somebody who could cancel more than lies within the caller's bound.
 */
export async function mayUndoCancellations(
  trx: Db,
  { packageBound }: Pick<Caller, "packageBound">,
  { customer, orderId }: CancelledPlace,
  before: CancelledSince,
): Promise<boolean> {
  const { order, all } = await readOrder(trx, customer, orderId);
  return (orderId === WHOLE ? all : order)
    .filter((record) => hasCancellationsSince(record, before.receipt))
    .every(({ bound }) => isBoundWithin(bound, packageBound));
}

/**
 * Undoes the cancellations of an order since `before`, as far as {@link mayUndoCancellations} allows it, within the
 * transaction of whoever holds the customer: a line that was cancelled by itself stays so, and what was sold meanwhile
 * counts. Returns how many grants are in force that were not.
 */
export async function restoreLinesOfOrder(
  deps: { budgets: CustomerBudgets },
  trx: Db,
  changed: RecordChange,
  customer: string,
  orderId: string,
  before: CancelledSince,
  now: number,
): Promise<number> {
  return await restoreSince(deps, trx, changed, { customer, orderId }, before, now);
}

/** The same of an order or of a customer. */
export async function restoreSince(
  deps: { budgets: CustomerBudgets },
  trx: Db,
  changed: RecordChange,
  { customer, orderId }: CancelledPlace,
  before: CancelledSince,
  now: number,
): Promise<number> {
  const inForceBefore = await countGrants(trx, customer);
  const { order, all } = await readOrder(trx, customer, orderId);
  for (const known of orderId === WHOLE ? all : order) {
    const record = withoutCancellationsSince(known, before.receipt);
    if (record !== known) await storeRecord(trx, { customer, orderId, line: WHOLE }, record, now);
  }
  await keepWithinBudgets(deps, trx, customer, async () => {
    for (const one of await readOrders(trx, customer)) {
      if (orderId === WHOLE || one.orderId === orderId) await writeOrder(trx, customer, one, now);
    }
  });
  await tellTokens(trx, changed, customer);
  return (await countGrants(trx, customer)) - inForceBefore;
}
