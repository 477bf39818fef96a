import type { Db } from "../../schema.ts";
import { updateCustomer } from "../customers/index.ts";
import { findLastReceipt, listRecordsOfCustomer, listRecordsOfOrder, storeRecord } from "./line-queries.ts";
import type { StoredRecord } from "./line-queries.ts";
import { withRecord } from "./line-state.ts";
import type { LineHistory, LineRecord, Moment } from "./line-state.ts";
import { writeLine } from "./write-grants.ts";

/** The line that stands for a whole order, and the order that stands for all of a customer. */
export const WHOLE = "";

/** Everything known of an order: of its lines, of the order itself, and of its customer. */
export interface OrderHistory {
  orderId: string;
  lines: ReadonlyMap<string, readonly LineRecord[]>;
  order: readonly LineRecord[];
  all: readonly LineRecord[];
}

/** The same while something is told of it. */
export interface OpenHistory extends OrderHistory {
  now: number;
  /** Of what was told of the customer last. */
  lastReceipt: number;
}

/** So many things may be told of one customer in a second; receipts of two customers compare, should one take over another's orders. */
const RECEIPTS_PER_SECOND = 1_000_000;

export async function readOrder(db: Db, customer: string, orderId: string): Promise<OrderHistory> {
  return historyOf(await listRecordsOfOrder(db, customer, orderId), orderId);
}

export async function openHistory(trx: Db, customer: string, orderId: string, now: number): Promise<OpenHistory> {
  const lastReceipt = await findLastReceipt(trx, customer);
  return { ...(await readOrder(trx, customer, orderId)), now, lastReceipt };
}

/** Of every order of a customer. */
export async function readOrders(db: Db, customer: string): Promise<OrderHistory[]> {
  const records = await listRecordsOfCustomer(db, customer);
  const all = records.filter(({ orderId }) => orderId === WHOLE);
  const byOrder = Map.groupBy(
    records.filter(({ orderId }) => orderId !== WHOLE),
    ({ orderId }) => orderId,
  );
  return [...byOrder].map(([orderId, some]) => historyOf([...some, ...all], orderId));
}

function historyOf(records: readonly StoredRecord[], orderId: string): OrderHistory {
  const ofOrder = records.filter((one) => one.orderId === orderId && orderId !== WHOLE);
  return {
    orderId,
    lines: Map.groupBy(
      ofOrder.filter(({ line }) => line !== WHOLE),
      ({ line }) => line,
    ),
    order: ofOrder.filter(({ line }) => line === WHOLE),
    all: records.filter((one) => one.orderId === WHOLE),
  };
}

/** What the standing of a line of the order follows from. */
export function historyOfLine({ lines, order, all }: OrderHistory, line: string): LineHistory {
  return { line: lines.get(line) ?? [], above: [...order, ...all] };
}

/** The order with this record of one of its lines. */
export function withLine<H extends OrderHistory>(history: H, line: string, record: LineRecord): H {
  const lines = new Map(history.lines);
  lines.set(line, withRecord(lines.get(line) ?? [], record));
  return { ...history, lines };
}

/** When something happened that is being told now; without a time of its own it is the newest there is. */
export function momentOf({ now, lastReceipt }: OpenHistory, occurredAt: number | null | undefined): Moment {
  const isByReceipt = occurredAt === null || occurredAt === undefined;
  const receipt = Math.max(lastReceipt + 1, now * RECEIPTS_PER_SECOND);
  return { at: isByReceipt ? now : occurredAt, receipt, isByReceipt };
}

/** Stores what was told at this moment; "" as order and line as in {@link WHOLE}. */
export async function storeTold(
  trx: Db,
  key: { customer: string; orderId: string; line: string },
  record: LineRecord,
  { receipt }: Pick<Moment, "receipt">,
  now: number,
): Promise<void> {
  await storeRecord(trx, key, record, now);
  await updateCustomer(trx, key.customer, { last_receipt: receipt });
}

/** Makes the grants of every line of an order what its history says. */
export async function writeOrder(trx: Db, customer: string, history: OrderHistory, now: number): Promise<void> {
  for (const line of history.lines.keys()) {
    await writeLine(trx, { customer, orderId: history.orderId, line }, historyOfLine(history, line), now);
  }
}
