import type { Db } from "../../schema.ts";
import { presentTerms } from "./line-presenter.ts";
import type { PresentedTerms } from "./line-presenter.ts";
import { listRecordsOfCustomer } from "./line-queries.ts";
import type { StoredRecord } from "./line-queries.ts";
import { covers } from "./line-state.ts";
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
 * All that is remembered of a customer's orders, in the order in which it came to be known: of what is sold to it, what
 * exists for whoever has this bound, with the cancellations that are about it; and cancellations of nothing so far, of
 * those its own. A line of which several told stands there for each of them.
 */
export async function listHeldLines(
  db: Db,
  customer: string,
  bound: readonly string[] | null,
): Promise<HeldGrantLine[]> {
  const records = await listRecordsOfCustomer(db, customer);
  const isOfOneLine = (a: StoredRecord, b: StoredRecord) => a.orderId === b.orderId && a.line === b.line;
  const concerns = (record: StoredRecord, { purchase }: StoredRecord) =>
    purchase !== null && covers(record.bound, purchase);
  return records
    .filter((record) => isSeen(record, bound))
    .flatMap((record) => {
      const others = records.filter((one) => one !== record && isOfOneLine(one, record));
      if (record.purchase !== null)
        return presentHeldLine(record, [record, ...others.filter((one) => concerns(one, record))]);
      return others.some((one) => isSeen(one, bound) && concerns(record, one)) ? [] : presentHeldLine(record, [record]);
    });
}

function presentHeldLine(record: StoredRecord, concerning: readonly StoredRecord[]): HeldGrantLine {
  const { orderId, line, purchase } = record;
  return {
    order_id: orderId,
    line,
    granted_at: purchase?.at ?? null,
    terms: purchase && presentTerms(purchase, null),
    revocations: timesOf(concerning.flatMap(({ revocations }) => revocations)),
    releases: timesOf(concerning.flatMap(({ releases }) => releases)),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function timesOf(cancellations: readonly Cancellation[]): number[] {
  return cancellations.map(({ at }) => at).sort((a, b) => a - b);
}
