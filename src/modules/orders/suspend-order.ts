import { AppError } from "../../platform/errors.ts";
import type { Caller } from "../callers/index.ts";
import { listOrderStates, mayUndo, updateOrderState } from "../order-states/index.ts";
import { inheritRecorded } from "../tokens/index.ts";
import { noSuchOrder, recordOrderEvent, refuseUnknown, rememberState, withOrder } from "./open-order.ts";
import type { HeldOrder, OrderAction, OrderDeps } from "./open-order.ts";
import { listKnownStates } from "./known-states.ts";
import { unknownOrder } from "./order-buyers.ts";
import { setLinesSuspended } from "./order-lines.ts";
import { listGrantsOfOrder } from "./order-queries.ts";
import { whoseIs } from "./revoke-order.ts";

export interface SuspendedOrder {
  customerId: string | null;
  customer: string | null;
  suspendedAt: number | null;
  /** Tokens that this suspended, or resumed. */
  tokens: string[];
  /** How many grants this suspended, or resumed. */
  grants: number;
  warnings: string[];
}

/**
 * Keeps everything of an order of one buyer from opening anything until it is resumed, also what is sold under its
 * number meanwhile; dates go on. Repeating it changes nothing.
 */
export async function suspendOrder(deps: OrderDeps, caller: Caller, action: OrderAction): Promise<SuspendedOrder> {
  const done = await withOrder(deps, caller, action, async (held) => {
    await refuseEnded(held);
    const isKnown = held.known.some((state) => state.suspended_at !== null && mayUndoNothingMore(held, state.within));
    if (!isKnown) await rememberState(held, { suspended_at: held.now });
    return await follow(deps, held, { isChanged: !isKnown, action: "order.suspended", reason: action.reason });
  });
  if (done === undefined) throw unknownOrder();
  return done;
}

/**
 * Ends the suspension of an order; a token or a customer that was suspended by itself stays so. Repeating it changes
 * nothing. Throws `resource.not_found` where somebody suspended more than lies within the caller's bound.
 */
export async function resumeOrder(deps: OrderDeps, caller: Caller, action: OrderAction): Promise<SuspendedOrder> {
  const done = await withOrder(deps, caller, action, async (held) => {
    refuseUnknown(held);
    await refuseEnded(held);
    const suspended = held.known.filter((state) => state.suspended_at !== null);
    const undoable = suspended.filter((state) => mayUndo(held.caller.packageBound, state));
    if (suspended.length > 0 && undoable.length === 0) {
      throw new AppError("resource.not_found", "There is no suspension that this management token may end.");
    }
    for (const state of undoable) {
      await updateOrderState(held.trx, state, { suspended_at: null, updated_at: held.now });
    }
    const isChanged = undoable.length > 0;
    return await follow(deps, held, { isChanged, action: "order.resumed", reason: action.reason });
  });
  if (done === undefined) throw noSuchOrder();
  return done;
}

/** Whether what is said within another bound says as much as what the caller can say. */
function mayUndoNothingMore({ caller }: HeldOrder, within: string): boolean {
  return within === "" || within === JSON.stringify([...(caller.packageBound ?? [])].sort());
}

/** 409 where all of the order is revoked: there is nothing to suspend or to resume before it is restored. */
async function refuseEnded({ trx, caller, known, party, orderId }: HeldOrder): Promise<void> {
  if (!known.some((state) => state.revoked_at !== null)) return;
  if (party.tokens.some((row) => row.revoked_at === null)) return;
  const { packageBound } = caller;
  const grants =
    party.customer === undefined ? [] : await listGrantsOfOrder(trx, party.customer.id, orderId, packageBound);
  if (grants.some((grant) => grant.revoked_at === null)) return;
  throw new AppError("resource.conflict", "This order was revoked; restore it first, within 30 days.");
}

/** Brings tokens and grants of the order up to what its states say now. */
async function follow(
  deps: OrderDeps,
  held: HeldOrder,
  event: { isChanged: boolean; action: "order.suspended" | "order.resumed"; reason: string | undefined },
): Promise<SuspendedOrder> {
  const { trx, changed, caller, orderId, party, keys, warnings } = held;
  const states = await listOrderStates(trx, caller.shop, orderId, keys);
  const known = await listKnownStates(trx, caller, { orderId, party, states });
  const since = known.flatMap(({ suspended_at }) => suspended_at ?? []);
  const tokens: string[] = [];
  for (const row of party.tokens) if (await inheritRecorded(deps, trx, changed, caller, row)) tokens.push(row.id);
  const grants = await setLinesSuspended(held, event.action === "order.suspended");
  if (event.isChanged) {
    await recordOrderEvent(deps, held, event.action, { tokens: tokens.length, grants }, event.reason);
  }
  return { ...whoseIs(held), suspendedAt: since.length === 0 ? null : Math.min(...since), tokens, grants, warnings };
}
