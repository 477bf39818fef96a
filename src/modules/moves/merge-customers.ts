import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import { rehomeOrders } from "../customer-grants/index.ts";
import { updateCustomer } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { lockAllTokensOfCustomer, moveTokens, tokenChanged } from "../tokens/index.ts";
import type { MovedToken } from "../tokens/index.ts";
import { previewAccess } from "./measure-access.ts";
import type { AccessChange } from "./measure-access.ts";
import type { MoveDeps } from "./move-deps.ts";
import { openParties, refuseHidden, refuseWithoutScope } from "./move-parties.ts";
import { mergeMovedOrders } from "./moved-orders.ts";
import { copyAddresses, insertMove, mergeRows, moveEntries, moveMails } from "./move-queries.ts";
import type { MergeCustomersBody } from "./move-schemas.ts";
import { moveOrderStates } from "./order-states.ts";
import { dropRevocation } from "./drop-revocation.ts";
import type { MoveUndo } from "./move-undo.ts";
import { keepWithinBudgets } from "../grants/index.ts";

export interface MergedCustomers {
  /** `moves.id`, by which it is undone. */
  move: string;
  from: CustomerRow;
  to: CustomerRow;
  tokens: MovedToken[];
  orders: string[];
}

/**
 * Makes two customers of one shop one: everything of the first is the second's, and the shop's id of the first names
 * the second from then on, for every sale, ending and look-up. Nothing that ended comes alive, and nothing ends. Its
 * tokens get new secrets by default, because they may open more than before. Can be undone for 30 days.
 */
export async function mergeCustomers(
  deps: MoveDeps,
  caller: Principal,
  customerId: string,
  input: MergeCustomersBody,
): Promise<MergedCustomers> {
  refuseWithoutScope(caller, input);
  return await deps.database.transaction(async (trx, changed) => {
    const parties = await openParties(deps, trx, caller, { from: customerId, to: input.into });
    return await mergeHeld(deps, trx, changed, caller, parties, input);
  });
}

/** What each credential of both would open that it does not now, and the other way round. Changes nothing. */
export async function previewMerge(
  deps: MoveDeps,
  caller: Principal,
  customerId: string,
  input: MergeCustomersBody,
): Promise<AccessChange[]> {
  return await previewAccess(deps, async (silent, trx, changed, measure) => {
    const parties = await openParties(silent, trx, caller, { from: customerId, to: input.into });
    await measure([parties.from.id, parties.to.id]);
    await mergeHeld(silent, trx, changed, caller, parties, input);
  });
}

async function mergeHeld(
  deps: MoveDeps,
  trx: Db,
  changed: RecordChange,
  caller: Principal,
  { from, to }: { from: CustomerRow; to: CustomerRow },
  input: MergeCustomersBody,
): Promise<MergedCustomers> {
  const now = nowSeconds(deps.clock);
  const move = newTimeOrderedId("move", deps.clock.nowMs());
  const { engine } = deps.database;
  const rows = await lockAllTokensOfCustomer(trx, engine, from.id);
  const readers = await lockAllTokensOfCustomer(trx, engine, to.id);
  await refuseHidden(trx, caller, [from, to]);
  const states = await moveOrderStates(trx, { shop: from.shop, from: from.id, to: to.id }, "all");
  const orders = await keepWithinBudgets(deps, trx, to.id, () =>
    rehomeOrders(trx, { from: from.id, to: to.id }, "all", now),
  );
  const revocation = orders.whole.length === 0 ? null : await dropRevocation(trx, to, readers, now);
  const { tokens, before } = await moveTokens(deps, trx, changed, caller, rows, {
    ...{ customer: to.id, rotate: input.rotate ?? true, overlapSeconds: input.overlap_seconds ?? 0 },
    ...{ notify: input.notify ?? undefined, relabel: undefined, move },
  });
  for (const { id } of readers) changed(tokenChanged(id));
  const undo: MoveUndo = {
    ...{ tokens: before, orders, states, buyer: from.id, revocation },
    entries: await moveEntries(trx, from.id, to.id),
    addresses: await copyAddresses(trx, from.id, to.id),
    merged: await mergeRows(trx, from.id, to.id),
    told: await mergeMovedOrders(trx, from.id, to.id),
  };
  await moveMails(trx, from.id, to.id, "all");
  for (const { id } of [from, to]) await updateCustomer(trx, id, { updated_at: now });
  await insertMove(trx, {
    ...{ id: move, kind: "merge", shop: from.shop, from_customer: from.id, to_customer: to.id },
    ...{ token: null, order_id: null, undo: JSON.stringify(undo), moved_by: caller.actor.id },
    ...{ created_at: now, undone_at: null },
  });
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "customer.merged",
    target: { kind: "customer", id: from.id },
    ...{ shop: from.shop, customer: from.id },
    details: { after: { into: to.id, move, tokens: tokens.length, orders: orders.orders.length } },
  });
  return { move, from, to, tokens, orders: orders.orders };
}
