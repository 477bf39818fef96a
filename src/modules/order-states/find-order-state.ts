import type { Db } from "../../schema.ts";
import { patternsOutsideBound } from "../grants/index.ts";
import { buyerKeys } from "./order-buyer.ts";
import type { OrderBuyer } from "./order-buyer.ts";
import { listOrderStates } from "./order-state-queries.ts";
import type { OrderStateRow } from "./order-state-queries.ts";

/** What was done to an order as a whole, also before anything of it was sold; null: it was not, or was undone. */
export interface OrderState {
  /** The latest time. */
  revokedAt: number | null;
  /** Since when; the earliest of several. */
  suspendedAt: number | null;
}

/**
 * What is remembered of an order of this buyer that concerns what is sold with these patterns: what a caller with a
 * package bound did holds for purchases within that bound only. For a sale: after {@link holdOrder}, in its transaction.
 */
export async function findOrderState(
  db: Db,
  shop: string,
  orderId: string,
  buyer: OrderBuyer,
  patterns: readonly string[],
): Promise<OrderState> {
  const rows = await listOrderStates(db, shop, orderId, buyerKeys(buyer));
  const concerning = rows.filter(({ within }) => concerns(readBound(within), patterns));
  const revoked = concerning.flatMap(({ revoked_at }) => revoked_at ?? []);
  const suspended = concerning.flatMap(({ suspended_at }) => suspended_at ?? []);
  return {
    revokedAt: revoked.length === 0 ? null : Math.max(...revoked),
    suspendedAt: suspended.length === 0 ? null : Math.min(...suspended),
  };
}

/** Whether something said within a bound is about all that has these patterns. */
export function concerns(bound: readonly string[] | null, patterns: readonly string[]): boolean {
  return bound === null || patternsOutsideBound(patterns, bound).length === 0;
}

/** Whether a caller with this package bound may take back what was said: not what reaches further than it does itself. */
export function mayUndo(packageBound: readonly string[] | null, { within }: Pick<OrderStateRow, "within">): boolean {
  const bound = readBound(within);
  if (packageBound === null) return true;
  return bound !== null && patternsOutsideBound(bound, packageBound).length === 0;
}

/** As stored in `within`. */
export function writeBound(bound: readonly string[] | null): string {
  return bound === null ? "" : JSON.stringify([...bound].sort());
}

/** A package bound as it is stored beside what was said within it; null: none. */
export function readBound(within: string): readonly string[] | null {
  return within === "" ? null : (JSON.parse(within) as string[]);
}
