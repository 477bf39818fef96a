import type { Db } from "../../schema.ts";
import { presentTerms } from "./line-presenter.ts";
import type { PresentedTerms } from "./line-presenter.ts";
import { listDatedLines } from "./line-queries.ts";
import type { DatedLine } from "./line-queries.ts";
import { isWithin } from "./line-state.ts";
import type { Cancellation } from "./line-state.ts";

/** A line of an order as the shop told it; whatever was cancelled since does not change its terms. */
export interface HeldGrantLine {
  /** "" stands for all orders. */
  order_id: string;
  /** "" stands for the whole order. */
  line: string;
  granted_at: number | null;
  /** null: only cancellations are known of it. */
  terms: PresentedTerms | null;
  /** When it was cancelled, earliest first. */
  revocations: number[];
  /** The same of cancellations that keep what was released by then. */
  releases: number[];
  created_at: number;
  updated_at: number;
}

/**
 * All that is remembered of a customer's orders, in the order in which it came to be known; of what is sold to it, what
 * exists for whoever has this bound. Of an order of which nothing exists for it, neither do the cancellations.
 */
export async function listHeldLines(
  db: Db,
  customer: string,
  bound: readonly string[] | null,
): Promise<HeldGrantLine[]> {
  const lines = (await listDatedLines(db, customer)).filter(
    ({ stored: { purchase } }) => purchase === null || isWithin(purchase, bound),
  );
  const orders = new Set(lines.flatMap(({ orderId, stored }) => (stored.purchase === null ? [] : [orderId])));
  return lines.filter(({ orderId }) => bound === null || orders.has(orderId)).map(presentHeldLine);
}

function presentHeldLine({ orderId, stored, createdAt, updatedAt }: DatedLine): HeldGrantLine {
  const { line, purchase, revocations, releases } = stored;
  return {
    ...{ order_id: orderId, line, granted_at: purchase?.at ?? null },
    terms: purchase && presentTerms(purchase, null),
    ...{ revocations: timesOf(revocations), releases: timesOf(releases) },
    ...{ created_at: createdAt, updated_at: updatedAt },
  };
}

function timesOf(cancellations: readonly Cancellation[]): number[] {
  return cancellations.map(({ at }) => at);
}
