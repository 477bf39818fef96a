import {
  cancelLinesOfOrder,
  mayUndoCancellations,
  restoreLinesOfOrder,
  resumeLinesOfOrder,
  suspendLinesOfOrder,
} from "../customer-grants/index.ts";
import type { CancelledSince } from "../customer-grants/index.ts";
import type { HeldOrder, OrderDeps } from "./open-order.ts";
import { listGrantsOfOrder } from "./order-queries.ts";

export interface EndedLines {
  /** Grants (`grants.id`) that were not revoked before. */
  grants: string[];
  /** What {@link restoreLines} needs; null for a guest, who has no lines. */
  before: CancelledSince | null;
}

/** Ends what the order granted to its customer, also what of it comes to be known later; of a guest there is nothing. */
export async function endLines(deps: OrderDeps, held: HeldOrder, reason: string | undefined): Promise<EndedLines> {
  const { trx, changed, caller, orderId, party } = held;
  const { customer } = party;
  if (customer === undefined) return { grants: [], before: null };
  const unrevoked = async () => {
    const grants = await listGrantsOfOrder(trx, customer.id, orderId);
    return grants.filter(({ revoked_at }) => revoked_at === null).map(({ id }) => id);
  };
  const had = await unrevoked();
  const asked = { kind: "revoke" as const, occurredAt: null, reason };
  const { before } = await cancelLinesOfOrder(deps, trx, changed, caller, customer, orderId, asked);
  const left = new Set(await unrevoked());
  return { grants: had.filter((id) => !left.has(id)), before };
}

/** Whether the caller may take back what {@link endLines} did: not what somebody ended who could end more. */
export async function mayRestoreLines(held: HeldOrder, before: string | null): Promise<boolean> {
  const { trx, caller, orderId, party } = held;
  if (party.customer === undefined || before === null) return true;
  const place = { customer: party.customer.id, orderId };
  return await mayUndoCancellations(trx, caller, place, JSON.parse(before) as CancelledSince);
}

/** Takes back what {@link endLines} did; how many grants are in force that were not. */
export async function restoreLines(deps: OrderDeps, held: HeldOrder, before: string | null): Promise<number> {
  const { trx, changed, orderId, party, now } = held;
  if (party.customer === undefined || before === null) return 0;
  const since = JSON.parse(before) as CancelledSince;
  return await restoreLinesOfOrder(deps, trx, changed, party.customer.id, orderId, since, now);
}

/** Suspends what the order grants within the caller's bound, or ends that; how many grants that changed. */
export async function setLinesSuspended(held: HeldOrder, isSuspended: boolean): Promise<number> {
  const { trx, changed, caller, orderId, party, now } = held;
  if (party.customer === undefined) return 0;
  const place = { customer: party.customer.id, orderId };
  const set = isSuspended ? suspendLinesOfOrder : resumeLinesOfOrder;
  return await set(trx, changed, caller, place, now);
}
