import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { noSuchLine, openHeldOrder, recordLineChange, tellTokens } from "./line-access.ts";
import type { HeldDeps, OpenOrder } from "./line-access.ts";
import { countGrants } from "./line-queries.ts";
import { recordOf, withCancellation, withRecord } from "./line-state.ts";
import type { Moment, Standing } from "./line-state.ts";
import { WHOLE, historyOfLine, momentOf, storeTold, withLine, writeOrder } from "./order-history.ts";
import type { OrderHistory } from "./order-history.ts";
import { isHidden, shownStanding } from "./shown-line.ts";
import { writeLine } from "./write-grants.ts";

export interface AskedCancellation {
  /** `release` keeps what was released by then. */
  kind: "revoke" | "release";
  /** null: now. */
  occurredAt: number | null;
  /** What somebody says of it; beside the audit record, never in it. */
  reason?: string | undefined;
}

/** A line after a cancellation, as it stands for whoever told it. */
export interface LineOutcome {
  line: string;
  standing: Standing;
  applied: boolean;
  reason: string | null;
}

/** Cancels a line of an order that was opened. */
export async function cancelOneLine(
  deps: HeldDeps,
  caller: Caller,
  open: OpenOrder,
  line: string,
  asked: AskedCancellation,
): Promise<LineOutcome> {
  const { trx, customer, orderId, now } = open;
  const { packageBound } = caller;
  const earlier = historyOfLine(open, line);
  if (isHidden(earlier, packageBound)) throw noSuchLine();
  const moment = momentOf(open, asked.occurredAt);
  const before = shownStanding(earlier, packageBound, now);
  const known = recordOf(earlier.line, packageBound);
  const record = withCancellation(known, asked.kind, moment);
  const history = historyOfLine(withLine(open, line, record), line);
  const after = shownStanding(history, packageBound, now);
  if (record !== known) {
    const key = { customer: customer.id, orderId, line };
    await storeTold(trx, key, record, moment, now);
    await writeLine(trx, key, history, now);
    await recordCancellation(deps, caller, open, asked, moment, { line, before, after });
    await tellTokens(trx, open.changed, customer.id);
  }
  return { line, standing: after, ...outcomeOf(after, asked, moment) };
}

/** Refuses an order of which only what is hidden from the caller is known. */
export function refuseHiddenOrder({ lines }: OpenOrder, { packageBound }: Caller): void {
  const known = [...lines.values()].map((line) => isHidden({ line }, packageBound));
  if (known.length > 0 && !known.includes(false)) throw noSuchLine();
}

/** Cancels every line of an order that was opened, also those that come later but happened before. */
export async function cancelInOpenOrder(
  deps: HeldDeps,
  caller: Caller,
  open: OpenOrder,
  asked: AskedCancellation,
): Promise<LineOutcome[]> {
  const { trx, customer, orderId, now } = open;
  const { packageBound } = caller;
  const moment = momentOf(open, asked.occurredAt);
  const known = recordOf(open.order, packageBound);
  const record = withCancellation(known, asked.kind, moment);
  const history = { ...open, order: withRecord(open.order, record) };
  const lines = changesOf(open, history, packageBound, now);
  if (record !== known) {
    await storeTold(trx, { customer: customer.id, orderId, line: WHOLE }, record, moment, now);
    await writeOrder(trx, customer.id, history, now);
    const none: Standing = { kind: "unknown", purchase: null, suspendedAt: null };
    for (const change of lines.length === 0 ? [{ line: WHOLE, before: none, after: none }] : lines) {
      await recordCancellation(deps, caller, open, asked, moment, change);
    }
    await tellTokens(trx, open.changed, customer.id);
  }
  return lines.map(({ line, after }) => ({ line, standing: after, ...outcomeOf(after, asked, moment) }));
}

/** How the lines that exist for a caller stand before and after. */
function changesOf(before: OrderHistory, after: OrderHistory, bound: Caller["packageBound"], now: number) {
  const standing = (history: OrderHistory, line: string) => shownStanding(historyOfLine(history, line), bound, now);
  return [...before.lines.keys()]
    .map((line) => ({ line, before: standing(before, line), after: standing(after, line) }))
    .filter((change) => change.after.kind !== "unknown");
}

async function recordCancellation(
  deps: HeldDeps,
  caller: Caller,
  open: OpenOrder,
  { kind, reason }: AskedCancellation,
  { at }: Moment,
  change: { line: string; before: Standing; after: Standing },
): Promise<void> {
  const action = kind === "revoke" ? "grant.revoked" : "grant.released";
  await recordLineChange(deps, caller, open, { action, ...change, occurredAt: at, reason });
}

function outcomeOf(
  standing: Standing,
  { kind }: AskedCancellation,
  told: Moment,
): { applied: boolean; reason: string | null } {
  switch (standing.kind) {
    case "granted":
      return { applied: false, reason: soldSince(standing.purchase, told) };
    case "revoked":
      if (kind === "revoke") return { applied: true, reason: null };
      return { applied: false, reason: `It was revoked at ${standing.at}, of which nothing is kept.` };
    case "released":
      if (kind === "release") return { applied: true, reason: null };
      return { applied: false, reason: "Something newer is known of this line, which keeps what was released." };
    case "replaced":
    case "unknown":
      return { applied: true, reason: null };
  }
}

/** A cancellation that is repeated goes by when it was told first. */
function soldSince(purchase: Moment, told: Moment): string {
  return purchase.at > told.at
    ? `Something newer is known of this line: what happened at ${purchase.at}.`
    : "It was sold again after this cancellation was told for the first time.";
}

/** What an order's cancellation came to. */
export interface CancelledOrder {
  lines: LineOutcome[];
  /** How many grants it ended. */
  ended: number;
  /** What {@link restoreLinesOfOrder} needs to undo it. */
  before: CancelledSince;
}

/** Tells the cancellations of an order or customer apart that came since. Can be kept as JSON. */
export interface CancelledSince {
  receipt: number;
}

/** Cancels every line of an order within the transaction of whoever holds the customer; records it, tells its tokens. */
export async function cancelLinesOfOrder(
  deps: HeldDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  customer: CustomerRow,
  orderId: string,
  asked: AskedCancellation,
): Promise<CancelledOrder> {
  const open = await openHeldOrder(deps, trx, changed, customer, orderId);
  const inForce = await countGrants(trx, customer.id, orderId);
  const lines = await cancelInOpenOrder(deps, caller, open, asked);
  const ended = inForce - (await countGrants(trx, customer.id, orderId));
  return { lines, ended, before: { receipt: open.lastReceipt } };
}
