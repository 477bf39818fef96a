import type { RehomedOrders } from "../customer-grants/index.ts";
import type { TokenBefore } from "../tokens/index.ts";
import type { DroppedRevocation } from "./drop-revocation.ts";

/** What it takes to undo a move; kept as JSON. Of whom it says something it is deleted with. */
export interface MoveUndo {
  tokens: TokenBefore[];
  orders: RehomedOrders;
  /** Of which orders the state went along, and whose it was: of a guest no customer's. */
  states: string[];
  buyer: string | null;
  /** Entries that need attention. */
  entries: string[];
  addresses: string[];
  /** `customers.id` of everybody who was merged. */
  merged: string[];
  revocation: DroppedRevocation | null;
}

export const NOTHING_MOVED: MoveUndo = {
  ...{ tokens: [], orders: { orders: [], pushed: [], whole: [] }, states: [], buyer: null },
  ...{ entries: [], addresses: [], merged: [], revocation: null },
};
