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
  /** Absent of moves from before it was written down. */
  told?: ToldOrders;
}

/** Where what is told of orders under other customers led before; all by `customers.id`. */
export interface ToldOrders {
  /** To whoever gave it now. */
  redirected: { customer: string; order_id: string }[];
  /** Away from whoever has it now. */
  dropped: { order_id: string; moved_to: string }[];
  /** Which orders the other one of a merge had given away lead on from the one of the two that is left. */
  copied: string[];
}

export const NOTHING_MOVED: MoveUndo = {
  ...{ tokens: [], orders: { orders: [], pushed: [], whole: [] }, states: [], buyer: null },
  ...{ entries: [], addresses: [], merged: [], revocation: null },
};
