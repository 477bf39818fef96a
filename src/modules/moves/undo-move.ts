import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import { returnOrders } from "../customer-grants/index.ts";
import { isCustomerVisible, updateCustomer } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { holdOrder } from "../order-states/index.ts";
import { lockAllTokensOfCustomer, refuseConverted, returnTokens, tokenChanged } from "../tokens/index.ts";
import type { MovedToken } from "../tokens/index.ts";
import { giveRevocation } from "./drop-revocation.ts";
import type { MoveDeps } from "./move-deps.ts";
import { UNDO_SECONDS, holdAll, refuseUnfit, refuseWithoutScope } from "./move-parties.ts";
import { forgetMovedOrder, unmergeMovedOrders } from "./moved-orders.ts";
import { findMove, giveEntries, markUndone, moveMails, takeAddresses, unmergeRows } from "./move-queries.ts";
import type { MoveRow } from "./move-queries.ts";
import type { UndoMoveBody } from "./move-schemas.ts";
import type { MoveUndo } from "./move-undo.ts";
import { giveState } from "./order-states.ts";
import { keepWithinBudgets } from "../grants/index.ts";

export interface UndoneMove {
  row: MoveRow;
  tokens: MovedToken[];
}

/**
 * Gives back what was merged or moved, for 30 days: what is there of it by now. What ended meanwhile stays ended, what
 * was sold meanwhile stays where it was sold. The secrets change again by default, because others know them.
 */
export async function undoMove(
  deps: MoveDeps,
  caller: Principal,
  id: string,
  input: UndoMoveBody,
): Promise<UndoneMove> {
  refuseWithoutScope(caller, input);
  return await deps.database.transaction(async (trx, changed) => {
    const { to_customer, from_customer, shop, order_id } = await getVisibleMove(trx, caller, id);
    if (order_id !== null) await holdOrder(trx, deps.database.engine, shop, order_id);
    const held = await holdAll(deps, trx, [to_customer, ...(from_customer === null ? [] : [from_customer])]);
    const row = await getVisibleMove(trx, caller, id);
    const to = held.get(to_customer);
    const from = from_customer === null ? null : (held.get(from_customer) ?? null);
    if (to === undefined) throw noSuchMove();
    const undo = readUndo(row, nowSeconds(deps.clock));
    refuseUndoing(row, from, to);
    const tokens = await giveBack(deps, trx, changed, caller, { row, undo, from, to, input });
    return { row: { ...row, undone_at: nowSeconds(deps.clock) }, tokens };
  });
}

function noSuchMove(): AppError {
  return new AppError("resource.not_found", "There is no such move.");
}

/** Both sides exist for the caller. */
export async function getVisibleMove(db: Db, caller: Principal, id: string): Promise<MoveRow> {
  const row = /^move_[0-9A-Za-z]{1,40}$/.test(id) ? await findMove(db, id) : undefined;
  if (row === undefined) throw noSuchMove();
  for (const customer of [row.to_customer, ...(row.from_customer === null ? [] : [row.from_customer])]) {
    if (!(await isCustomerVisible(db, caller, customer))) throw noSuchMove();
  }
  return row;
}

function readUndo(row: MoveRow, now: number): MoveUndo {
  const conflict = (detail: string) => new AppError("resource.conflict", detail);
  if (row.undone_at !== null) throw conflict("This was undone already.");
  if (row.created_at + UNDO_SECONDS <= now) throw conflict("This was more than 30 days ago, and cannot be undone.");
  if (row.undo === null) throw conflict("One of the two was erased or has a new owner since: this cannot be undone.");
  return JSON.parse(row.undo) as MoveUndo;
}

function refuseUndoing(row: MoveRow, from: CustomerRow | null, to: CustomerRow): void {
  if (to.merged_into !== null) {
    throw new AppError("resource.conflict", "Whoever has it now was merged into somebody since: undo that first.");
  }
  refuseUnfit(to);
  if (row.kind !== "merge" && from !== null) refuseUnfit(from);
  if (row.kind === "merge" && from?.merged_into !== to.id) {
    throw new AppError("resource.conflict", "What it was merged into was merged again since: undo that first.");
  }
}

async function giveBack(
  deps: MoveDeps,
  trx: Db,
  changed: RecordChange,
  caller: Principal,
  given: { row: MoveRow; undo: MoveUndo; from: CustomerRow | null; to: CustomerRow; input: UndoMoveBody },
): Promise<MovedToken[]> {
  const { row, undo, from, to, input } = given;
  const now = nowSeconds(deps.clock);
  const current = await lockAllTokensOfCustomer(trx, deps.database.engine, to.id);
  // Somebody gave one of them more while we waited for it.
  if (!(await isCustomerVisible(trx, caller, to.id))) throw noSuchMove();
  refuseConverted(current, undo.tokens, from === null ? [] : undo.orders.orders);
  const tokens = await returnTokens(deps, trx, changed, caller, current, {
    ...{ before: undo.tokens, rotate: input.rotate ?? true, overlapSeconds: input.overlap_seconds ?? 0 },
    ...{ notify: input.notify ?? undefined, move: row.id },
  });
  const ids = tokens.map(({ id }) => id);
  if (from !== null) {
    const homes = { from: from.id, to: to.id };
    await keepWithinBudgets(deps, trx, from.id, () => returnOrders(trx, homes, undo.orders, now));
  }
  for (const orderId of undo.states) {
    await giveState(trx, { shop: row.shop, from: to.id, to: undo.buyer ?? "" }, orderId);
  }
  await moveMails(trx, to.id, row.from_customer, ids);
  await takeAddresses(trx, to.id, undo.addresses);
  if (undo.revocation !== null) await giveRevocation(trx, to, current, undo.revocation);
  if (from !== null) {
    await giveEntries(trx, undo.entries, from.id);
    const homes = { from: from.id, to: to.id };
    if (row.kind === "merge") {
      await unmergeRows(trx, from.id, undo.merged);
      await unmergeMovedOrders(trx, homes, undo.told);
    }
    if (row.order_id !== null) await forgetMovedOrder(trx, { ...homes, orderId: row.order_id }, undo.told);
    for (const { id } of [from, to]) await updateCustomer(trx, id, { updated_at: now });
  }
  const readers = from === null ? [] : await lockAllTokensOfCustomer(trx, deps.database.engine, from.id);
  for (const { id } of [...current, ...readers]) changed(tokenChanged(id));
  await markUndone(trx, row.id, now);
  await recordUndone(deps, trx, caller, row, tokens.length);
  return tokens;
}

/** Of a single token the token's own record says it. */
async function recordUndone(deps: MoveDeps, trx: Db, caller: Principal, row: MoveRow, tokens: number): Promise<void> {
  const { kind, shop, from_customer: from, to_customer: to, order_id } = row;
  if (kind === "token") return;
  const target = kind === "merge" && from !== null ? from : to;
  await recordAuditEvent(deps, trx, caller.actor, {
    action: kind === "merge" ? "customer.unmerged" : "order.moved",
    target: { kind: "customer", id: target },
    ...{ shop, customer: target },
    details: {
      before: kind === "merge" ? { into: to } : { customer: to },
      after: kind === "merge" ? { move: row.id, tokens } : { customer: from, order_id, move: row.id, tokens },
    },
  });
}
