import { AppError } from "../../platform/errors.ts";
import type { Caller } from "../callers/index.ts";
import { mayUndo, updateOrderState } from "../order-states/index.ts";
import { RESTORABLE_SECONDS, restoreTokenRow } from "../tokens/index.ts";
import { noSuchOrder, recordOrderEvent, refuseUnknown, withOrder } from "./open-order.ts";
import type { HeldOrder, OrderAction, OrderDeps } from "./open-order.ts";
import { mayRestoreLines, restoreLines } from "./order-lines.ts";
import { whoseIs } from "./revoke-order.ts";

export interface RestoredOrder {
  customerId: string | null;
  customer: string | null;
  /** False where the order was not revoked, or was restored before: nothing was changed. */
  restored: boolean;
  /** Tokens that work again, or would if nothing else kept them from it. */
  tokens: string[];
  /** How many grants are in force that were not. */
  grants: number;
  warnings: string[];
}

/**
 * Takes the last revocation of an order back, for 30 days: its tokens work again with the secrets they had, and what
 * its lines granted is what it was, as far as nothing else ended it. Repeating it changes nothing.
 */
export async function restoreOrder(deps: OrderDeps, caller: Caller, action: OrderAction): Promise<RestoredOrder> {
  const done = await withOrder(deps, caller, action, (held) => restoreHeldOrder(deps, held, action.reason));
  if (done === undefined) throw noSuchOrder();
  return done;
}

async function restoreHeldOrder(deps: OrderDeps, held: HeldOrder, reason: string | undefined): Promise<RestoredOrder> {
  const { trx, changed, caller, party, states, now, warnings } = held;
  refuseUnknown(held);
  const undoable = states.filter((state) => state.revoked_at !== null && mayUndo(caller.packageBound, state));
  const whose = whoseIs(held);
  if (undoable.length === 0) return { ...whose, restored: false, tokens: [], grants: 0, warnings };
  const revocation = Math.max(...undoable.map((state) => state.revocation));
  const last = undoable.filter((state) => state.revocation === revocation);
  const revokedAt = Math.max(...last.map((state) => state.revoked_at ?? 0));
  refuseLate(held, revokedAt);
  const before = last.find((state) => state.cancellations_before !== null)?.cancellations_before ?? null;
  if (!(await mayRestoreLines(held, before))) {
    throw new AppError("resource.not_found", "There is no revocation that this management token may undo.");
  }
  const tokens: string[] = [];
  const ended = party.tokens.filter((row) => row.revoked_why === "order" && row.order_revocation === revocation);
  for (const row of ended) {
    await restoreTokenRow(deps, trx, changed, caller, row, reason);
    tokens.push(row.id);
  }
  const grants = await restoreLines(deps, held, before);
  for (const state of last) {
    await updateOrderState(trx, state, { revoked_at: null, cancellations_before: null, updated_at: now });
  }
  const after = { tokens_restored: tokens.length, grants_restored: grants };
  await recordOrderEvent(deps, held, "order.restored", after, reason);
  return { ...whose, restored: true, tokens, grants, warnings };
}

/** 409 for what ended too long ago, or with all that its customer had. */
function refuseLate({ party, now }: HeldOrder, revokedAt: number): void {
  if (revokedAt + RESTORABLE_SECONDS <= now) {
    throw new AppError(
      "resource.conflict",
      "This order was revoked more than 30 days ago, which is final; sell it again.",
    );
  }
  const customerRevokedAt = party.customer?.revoked_at ?? null;
  if (customerRevokedAt === null || customerRevokedAt < revokedAt) return;
  throw new AppError("resource.conflict", "The customer was revoked since: restore the customer first.");
}
