import type { Db } from "../../schema.ts";
import { keyOfAddress } from "./order-buyer.ts";

/** Forgets what is remembered of a shop's orders under the hashes of addresses, within whoever's erasure it is. */
export async function eraseOrderStates(trx: Db, shop: string, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  await trx
    .deleteFrom("order_states")
    .where("shop", "=", shop)
    .where("buyer", "in", addresses.map(keyOfAddress))
    .execute();
}
