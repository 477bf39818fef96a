import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";

/**
 * What was done to whole orders of one buyer goes with them to another one, as far as the other has no such order of
 * its own, of which it would be said otherwise. A suspension that could neither go nor stay is 409: what it keeps
 * closed would open. Returns which orders.
 */
export async function moveOrderStates(
  trx: Db,
  { shop, from, to }: { shop: string; from: string; to: string },
  orders: readonly string[] | "all",
): Promise<string[]> {
  let query = trx.selectFrom("order_states").selectAll().where("shop", "=", shop).where("buyer", "=", from);
  if (orders !== "all") query = query.where("order_id", "in", orders);
  const moved: string[] = [];
  for (const state of await query.execute()) {
    if (await hasOrder(trx, shop, to, state.order_id)) {
      if (state.suspended_at === null) continue;
      throw new AppError(
        "resource.conflict",
        `The order ${state.order_id} is suspended at one of two customers who both have it: resume it first.`,
      );
    }
    await giveState(trx, { shop, from, to }, state.order_id);
    moved.push(state.order_id);
  }
  return moved;
}

export async function giveState(
  trx: Db,
  { shop, from, to }: { shop: string; from: string; to: string },
  orderId: string,
): Promise<void> {
  await trx
    .updateTable("order_states")
    .set({ buyer: to })
    .where("shop", "=", shop)
    .where("buyer", "=", from)
    .where("order_id", "=", orderId)
    .execute();
}

/** Asked before anything moves. */
async function hasOrder(trx: Db, shop: string, customer: string, orderId: string): Promise<boolean> {
  const ofLines = trx
    .selectFrom("grants")
    .select("id")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId);
  if ((await ofLines.limit(1).executeTakeFirst()) !== undefined) return true;
  const ofTokens = trx
    .selectFrom("tokens")
    .select("id")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId);
  if ((await ofTokens.limit(1).executeTakeFirst()) !== undefined) return true;
  const states = trx
    .selectFrom("order_states")
    .select("order_id")
    .where("shop", "=", shop)
    .where("buyer", "=", customer)
    .where("order_id", "=", orderId);
  return (await states.executeTakeFirst()) !== undefined;
}
