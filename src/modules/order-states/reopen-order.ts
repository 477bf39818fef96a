import type { Db } from "../../schema.ts";
import { concerns, readBound } from "./find-order-state.ts";
import { buyerKeys } from "./order-buyer.ts";
import type { OrderBuyer } from "./order-buyer.ts";
import { listOrderStates, updateOrderState } from "./order-state-queries.ts";

/**
 * Forgets that an order of this buyer ended, as far as that concerns what is sold with these patterns: it is sold again
 * on purpose. What had ended stays ended. Within the transaction of the sale, which holds the order.
 */
export async function reopenOrder(
  trx: Db,
  { shop, orderId, buyer }: { shop: string; orderId: string; buyer: OrderBuyer },
  patterns: readonly string[],
  now: number,
): Promise<void> {
  for (const state of await listOrderStates(trx, shop, orderId, buyerKeys(buyer))) {
    if (state.revoked_at === null || !concerns(readBound(state.within), patterns)) continue;
    await updateOrderState(trx, state, { revoked_at: null, cancellations_before: null, updated_at: now });
  }
}
