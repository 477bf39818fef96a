import type { Db } from "../../schema.ts";
import { presentTerms } from "./line-presenter.ts";
import type { PresentedTerms } from "./line-presenter.ts";
import { listRecordsOfCustomer } from "./line-queries.ts";
import type { StoredRecord } from "./line-queries.ts";
import type { Cancellation } from "./line-state.ts";
import { isSeen } from "./shown-line.ts";

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
 * exists for whoever has this bound, and of cancellations its own.
 */
export async function listHeldLines(
  db: Db,
  customer: string,
  bound: readonly string[] | null,
): Promise<HeldGrantLine[]> {
  const records = await listRecordsOfCustomer(db, customer);
  return records.filter((record) => isSeen(record, bound)).map(presentHeldLine);
}

function presentHeldLine(record: StoredRecord): HeldGrantLine {
  const { orderId, line, purchase } = record;
  return {
    order_id: orderId,
    line,
    granted_at: purchase?.at ?? null,
    terms: purchase && presentTerms(purchase, null),
    revocations: timesOf(record.revocations),
    releases: timesOf(record.releases),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function timesOf(cancellations: readonly Cancellation[]): number[] {
  return cancellations.map(({ at }) => at);
}
