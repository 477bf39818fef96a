import { nowSeconds } from "../../platform/clock.ts";
import type { Caller } from "../callers/index.ts";
import { cancelInOpenOrder, cancelOneLine, refuseHiddenOrder } from "./cancel-lines.ts";
import type { AskedCancellation, LineOutcome } from "./cancel-lines.ts";
import type { CancelQuery, LineParams, OrderParams } from "./grant-schemas.ts";
import { openOrder, refuseFuture, withShopOfPath } from "./line-access.ts";
import type { GrantDeps } from "./line-access.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";

export type CancelledLine = PresentedLine & { applied: boolean; reason: string | null };

/**
 * Takes away what a line grants, or all of it that is released later. It also holds for a purchase that comes after
 * it but happened before. Repeating it changes nothing.
 */
export async function cancelGrantLine(
  deps: GrantDeps,
  caller: Caller,
  path: LineParams,
  query: CancelQuery,
): Promise<CancelledLine> {
  const seller = await withShopOfPath(deps.database.db, caller, path.shop);
  refuseFuture(query.occurred_at, nowSeconds(deps.clock), "?occurred_at");
  return await deps.database.transaction(async (trx, changed) => {
    const open = await openOrder(deps, trx, changed, path);
    const outcome = await cancelOneLine(deps, seller, open, path.line, readCancellation(query));
    return present(path, outcome, open.now);
  });
}

/** The same for every line of an order, also for those that come later but happened before. */
export async function cancelGrantsOfOrder(
  deps: GrantDeps,
  caller: Caller,
  path: OrderParams,
  query: CancelQuery,
): Promise<CancelledLine[]> {
  const seller = await withShopOfPath(deps.database.db, caller, path.shop);
  refuseFuture(query.occurred_at, nowSeconds(deps.clock), "?occurred_at");
  return await deps.database.transaction(async (trx, changed) => {
    const open = await openOrder(deps, trx, changed, path);
    refuseHiddenOrder(open, seller);
    const outcomes = await cancelInOpenOrder(deps, seller, open, readCancellation(query));
    return outcomes.map((outcome) => present(path, outcome, open.now));
  });
}

function readCancellation({ occurred_at: occurredAt, keep, reason }: CancelQuery): AskedCancellation {
  return { kind: keep === "released" ? "release" : "revoke", occurredAt: occurredAt ?? null, reason };
}

function present(path: OrderParams, { line, standing, applied, reason }: LineOutcome, now: number): CancelledLine {
  const { customer_id, shop, order_id } = path;
  const presented = presentLine({ customer_id, shop, order_id, line }, standing, now);
  if (presented === undefined) throw new Error(`a cancelled line is unknown: ${line}`);
  return { ...presented, applied, reason };
}
