import { nowSeconds } from "../../platform/clock.ts";
import type { Caller } from "../callers/index.ts";
import type { CancelQuery, LineParams, OrderParams } from "./grant-schemas.ts";
import {
  WHOLE,
  openOrder,
  recordLineChange,
  refuseFuture,
  refuseOutsideLine,
  tellTokens,
  withShopOfPath,
} from "./line-access.ts";
import type { GrantDeps, OpenOrder } from "./line-access.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import { storeLine } from "./line-queries.ts";
import { UNKNOWN_LINE, cancellationsOf, standingOf, withCancellation } from "./line-state.ts";
import type { Cancellation, Cancellations, LineRecord, Standing } from "./line-state.ts";
import { writeGrants } from "./write-grants.ts";

export type CancelledLine = PresentedLine & { applied: boolean; reason: string | null };

interface CancelEvent extends Cancellation {
  kind: "revoke" | "release";
  /** Of what was told within a bound, by a clock that is ahead. */
  others: Cancellation[];
}

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
    const known: LineRecord = open.lines.find(({ line }) => line === path.line) ?? UNKNOWN_LINE;
    refuseOutsideLine(seller, known);
    const event = readCancellation(seller, query, open, [known]);
    const before = standingOf(known, [open.order, open.all]);
    const record = withAll(known, event);
    const after = standingOf(record, [open.order, open.all]);
    if (!isSameCancellations(record, known)) {
      const key = { customer: open.customer.id, orderId: path.order_id, line: path.line };
      await storeLine(trx, key, record, open.now);
      await writeGrants(trx, key, after, [], open.now);
      await recordCancellation(deps, seller, open, event, { line: path.line, before, after });
      await tellTokens(open);
    }
    return present(path, path.line, after, event, open);
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
    for (const line of open.lines) refuseOutsideLine(seller, line);
    const event = readCancellation(seller, query, open, open.lines);
    const standings = (order: Cancellations) => open.lines.map((line) => standingOf(line, [order, open.all]));
    const before = standings(open.order);
    const record: LineRecord = { purchase: null, ...withAll(open.order, event) };
    const after = standings(record);
    if (!isSameCancellations(record, open.order)) {
      const place = { customer: open.customer.id, orderId: path.order_id };
      await storeLine(trx, { ...place, line: WHOLE }, record, open.now);
      const none = standingOf(UNKNOWN_LINE, []);
      const ofOrder = { line: WHOLE, before: none, after: none };
      const lines = open.lines.map(({ line }, index) => ({
        ...{ line, before: before[index] ?? none, after: after[index] ?? none },
      }));
      for (const { line, after: standing } of lines) {
        await writeGrants(trx, { ...place, line }, standing, [], open.now);
      }
      for (const change of lines.length === 0 ? [ofOrder] : lines) {
        await recordCancellation(deps, seller, open, event, change);
      }
      await tellTokens(open);
    }
    return open.lines.map(({ line }, index) =>
      present(path, line, after[index] ?? standingOf(UNKNOWN_LINE, []), event, open),
    );
  });
}

function readCancellation(
  { packageBound }: Caller,
  { occurred_at: occurredAt, keep }: CancelQuery,
  { now }: OpenOrder,
  lines: readonly LineRecord[],
): CancelEvent {
  const kind = keep === "released" ? "release" : "revoke";
  const [first, ...others] = cancellationsOf(packageBound, occurredAt ?? undefined, now, lines);
  return { kind, ...first, others };
}

function withAll<C extends Cancellations>(known: C, { kind, at, within, others }: CancelEvent): C {
  return others.reduce(
    (record, one) => withCancellation(record, kind, one),
    withCancellation(known, kind, { at, within }),
  );
}

function isSameCancellations(a: Cancellations, b: Cancellations): boolean {
  return JSON.stringify([a.revocations, a.releases]) === JSON.stringify([b.revocations, b.releases]);
}

async function recordCancellation(
  deps: GrantDeps,
  caller: Caller,
  open: OpenOrder,
  { kind, at }: CancelEvent,
  change: { line: string; before: Standing; after: Standing },
): Promise<void> {
  const action = kind === "revoke" ? "grant.revoked" : "grant.released";
  await recordLineChange(deps, caller, open, { action, ...change, occurredAt: at });
}

function present(
  path: OrderParams,
  line: string,
  standing: Standing,
  event: CancelEvent,
  { now }: OpenOrder,
): CancelledLine {
  const { customer_id, shop, order_id } = path;
  const presented = presentLine({ customer_id, shop, order_id, line }, standing, now);
  if (presented === undefined) throw new Error(`a cancelled line is unknown: ${line}`);
  return { ...presented, ...outcomeOf(standing, event) };
}

function outcomeOf(standing: Standing, { kind }: CancelEvent): { applied: boolean; reason: string | null } {
  if (standing.kind === "granted") {
    return {
      applied: false,
      reason: `Something newer is known of this line: what happened at ${standing.purchase.at}.`,
    };
  }
  if (standing.kind === "unknown" || (kind === "revoke") === (standing.kind === "revoked")) {
    return { applied: true, reason: null };
  }
  return standing.kind === "revoked"
    ? { applied: false, reason: `It was revoked at ${standing.at}, of which nothing is kept.` }
    : { applied: false, reason: "Something newer is known of this line, which keeps what was released." };
}
