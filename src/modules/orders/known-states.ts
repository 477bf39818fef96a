import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listReach } from "../grants/index.ts";
import { concerns, mayUndo, readBound } from "../order-states/index.ts";
import type { OrderStateRow } from "../order-states/index.ts";
import type { OrderParty } from "./order-buyers.ts";
import { listGrantsOfOrder } from "./order-queries.ts";

/**
 * What of that which was done to an order exists for the caller: what it may take back, and what holds for something of
 * the order that it sees. Anything else was done by others about what is theirs.
 */
export async function listKnownStates(
  db: Db,
  { packageBound }: Pick<Caller, "packageBound">,
  { orderId, party, states }: { orderId: string; party: OrderParty; states: readonly OrderStateRow[] },
): Promise<OrderStateRow[]> {
  if (states.every((state) => mayUndo(packageBound, state))) return [...states];
  const seen: string[][] = [];
  for (const token of party.tokens) seen.push(await listReach(db, token));
  const grants =
    party.customer === undefined ? [] : await listGrantsOfOrder(db, party.customer.id, orderId, packageBound);
  seen.push(...grants.map(({ package_pattern }) => [package_pattern]));
  return states.filter(
    (state) => mayUndo(packageBound, state) || seen.some((patterns) => concerns(readBound(state.within), patterns)),
  );
}
