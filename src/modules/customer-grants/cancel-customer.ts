import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";
import type { CancelledSince } from "./cancel-lines.ts";
import { endGrantsOfCustomer } from "./line-queries.ts";
import { recordOf, withCancellation } from "./line-state.ts";
import { WHOLE, momentOf, openHistory, storeTold } from "./order-history.ts";
import { restoreSince } from "./restore-lines.ts";

/**
 * Ends everything granted to a customer (`customers.id`), within the transaction of whoever revokes the customer,
 * records it and tells its tokens; the customer exists for the caller, so all of it lies within the caller's bound.
 * What the shop sold until now and tells us later is ended as well, within that bound; what it sells from now on is
 * not. Returns how many grants there were to end, whether anything new was remembered for what comes later, and what
 * {@link restoreGrantsOfCustomer} needs.
 */
export async function revokeGrantsOfCustomer(
  trx: Db,
  { packageBound }: Pick<Caller, "packageBound">,
  customer: string,
  now: number,
): Promise<{ ended: number; isRemembered: boolean; before: CancelledSince }> {
  const open = await openHistory(trx, customer, WHOLE, now);
  const moment = momentOf(open, null);
  const known = recordOf(open.all, packageBound);
  const record = withCancellation(known, "revoke", moment);
  const before = { receipt: open.lastReceipt };
  if (record === known) return { ended: 0, isRemembered: false, before };
  await storeTold(trx, { customer, orderId: WHOLE, line: WHOLE }, record, moment, now);
  const isRemembered = known.revocations.every(({ at }) => at !== moment.at);
  return { ended: await endGrantsOfCustomer(trx, customer, now, now), isRemembered, before };
}

/**
 * Puts a customer's grants back to what they are without the cancellations of everything since `before`: what was
 * cancelled by itself stays so, and what was sold or changed meanwhile counts. Within the transaction of whoever
 * restores the customer, which holds it. Returns how many are in force that were not.
 */
export async function restoreGrantsOfCustomer(
  deps: { budgets: CustomerBudgets },
  trx: Db,
  changed: RecordChange,
  customer: string,
  before: CancelledSince,
  now: number,
): Promise<number> {
  return await restoreSince(deps, trx, changed, { customer, orderId: WHOLE }, before, now);
}
