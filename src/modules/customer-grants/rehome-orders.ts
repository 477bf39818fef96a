import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { renewalsOfLine } from "../renewals/index.ts";
import {
  exchangeOrder,
  isOrderAlive,
  listLineRows,
  raiseReceipt,
  rehomeRenewals,
  storeLineRow,
} from "./rehome-queries.ts";
import type { LineRow } from "./rehome-queries.ts";
import { WHOLE } from "./order-history.ts";

/** Between which customers (`customers.id`) orders move. The caller holds both. */
export interface Homes {
  from: string;
  to: string;
}

/** Cancellations that were written to a place where they stand besides. Can be kept as JSON. */
interface Pushed {
  customer: string;
  orderId: string;
  row: LineRow;
}

/** What {@link rehomeOrders} did, and {@link returnOrders} undoes. Can be kept as JSON. */
export interface RehomedOrders {
  orders: string[];
  pushed: Pushed[];
  /** What stood for everything the new customer has, and now stands at its orders. */
  whole: LineRow[];
}

/**
 * Gives orders of a customer to another one: what was sold, cancelled and renewed with them, so that each line stands
 * as it stood. What was cancelled with everything a customer has is written to each of its orders first: nothing ended
 * comes alive under the new customer, and nothing of it ends there. An order that the new customer has as well moves
 * only where it is in force at one of them; where at both, 409.
 */
export async function rehomeOrders(
  trx: Db,
  { from, to }: Homes,
  wanted: readonly string[] | "all",
  now: number,
): Promise<RehomedOrders> {
  const [ofFrom, ofTo] = [await listLineRows(trx, from), await listLineRows(trx, to)];
  const known = ordersOf(ofFrom).filter((orderId) => wanted === "all" || wanted.includes(orderId));
  const orders = await refuseCollisions(trx, { from, to }, known, new Set(ordersOf(ofTo)));
  const pushed: Pushed[] = [];
  const whole = orders.length === 0 ? [] : wholeOf(ofTo).filter(hasCancellations);
  for (const orderId of orders) pushed.push(...(await push(trx, from, orderId, wholeOf(ofFrom), ofFrom, now)));
  for (const orderId of whole.length === 0 ? [] : ordersOf(ofTo)) {
    pushed.push(...(await push(trx, to, orderId, whole, ofTo, now)));
  }
  for (const row of whole) await storeLineRow(trx, { ...row, revocations: "[]", releases: "[]", updated_at: now });
  for (const orderId of orders) await moveOrder(trx, { from, to }, orderId);
  await raiseReceipt(trx, from, to);
  return { orders, pushed, whole };
}

/** Gives them back as they are by now; what ended meanwhile stays so, what was cancelled of everything as well. */
export async function returnOrders(
  trx: Db,
  { from, to }: Homes,
  { orders, pushed, whole }: RehomedOrders,
  now: number,
): Promise<void> {
  const ofTo = await listLineRows(trx, to);
  for (const orderId of orders) {
    await push(trx, to, orderId, wholeOf(ofTo), ofTo, now);
    await moveOrder(trx, { from: to, to: from }, orderId);
  }
  await raiseReceipt(trx, to, from);
  for (const { customer, orderId, row } of pushed) await pull(trx, { customer, orderId, row }, now);
  const current = wholeOf(await listLineRows(trx, to));
  for (const row of whole) {
    const known = current.find((one) => one.bound === row.bound);
    await storeLineRow(trx, { ...withCancellations(known ?? row, row), updated_at: now });
  }
}

async function refuseCollisions(
  trx: Db,
  { from, to }: Homes,
  orders: readonly string[],
  ofTo: ReadonlySet<string>,
): Promise<string[]> {
  const moving: string[] = [];
  const collisions: string[] = [];
  for (const orderId of orders) {
    const isThere = ofTo.has(orderId);
    if (isThere && !(await isOrderAlive(trx, from, orderId))) continue;
    if (isThere && (await isOrderAlive(trx, to, orderId))) collisions.push(orderId);
    moving.push(orderId);
  }
  if (collisions.length === 0) return moving;
  throw new AppError(
    "resource.conflict",
    `Both customers have something in force with the order ${collisions.slice(0, 5).join(", ")}: cancel it at one of the two first.`,
  );
}

/** With its renewals: each counts once, whoever has the order. */
async function moveOrder(trx: Db, { from, to }: Homes, orderId: string): Promise<void> {
  const rows = (await listLineRows(trx, from)).filter((row) => row.order_id === orderId && row.line !== WHOLE);
  await exchangeOrder(trx, from, to, orderId);
  for (const row of rows) {
    const target = (customer: string) => renewalsOfLine({ customer, orderId, line: row.line, within: withinOf(row) });
    await rehomeRenewals(trx, target(from), target(to));
  }
}

function ordersOf(rows: readonly LineRow[]): string[] {
  return [...new Set(rows.map((row) => row.order_id))].filter((orderId) => orderId !== WHOLE);
}

function wholeOf(rows: readonly LineRow[]): LineRow[] {
  return rows.filter((row) => row.order_id === WHOLE);
}

function withinOf({ bound }: LineRow): readonly string[] | null {
  return bound === "" ? null : (JSON.parse(bound) as string[]);
}

function hasCancellations({ revocations, releases }: LineRow): boolean {
  return revocations !== "[]" || releases !== "[]";
}

/** Writes what stands for everything to an order; returns what was not there before. */
async function push(
  trx: Db,
  customer: string,
  orderId: string,
  whole: readonly LineRow[],
  known: readonly LineRow[],
  now: number,
): Promise<Pushed[]> {
  const pushed: Pushed[] = [];
  for (const row of whole.filter(hasCancellations)) {
    const isSame = (one: LineRow) => one.order_id === orderId && one.line === WHOLE && one.bound === row.bound;
    const before = known.find(isSame) ?? emptyRowOf(row, orderId);
    const added = withoutCancellations(row, before);
    if (!hasCancellations(added)) continue;
    await storeLineRow(trx, { ...withCancellations(before, added), customer, updated_at: now });
    pushed.push({ customer, orderId, row: { ...added, order_id: orderId } });
  }
  return pushed;
}

/** For the same bound, and of nothing so far. */
function emptyRowOf(row: LineRow, orderId: string): LineRow {
  return { ...row, order_id: orderId, revocations: "[]", releases: "[]", suspended_at: null };
}

async function pull(trx: Db, { customer, orderId, row }: Pushed, now: number): Promise<void> {
  const rows = await listLineRows(trx, customer);
  const known = rows.find((one) => one.order_id === orderId && one.line === WHOLE && one.bound === row.bound);
  if (known !== undefined) await storeLineRow(trx, { ...withoutCancellations(known, row), updated_at: now });
}

function withCancellations(row: LineRow, added: LineRow): LineRow {
  const union = (a: string, b: string) => JSON.stringify(sorted([...read(a), ...read(b).filter(isNotIn(a))]));
  return {
    ...row,
    revocations: union(row.revocations, added.revocations),
    releases: union(row.releases, added.releases),
  };
}

function withoutCancellations(row: LineRow, taken: LineRow): LineRow {
  const rest = (a: string, b: string) => JSON.stringify(read(a).filter(isNotIn(b)));
  return {
    ...row,
    revocations: rest(row.revocations, taken.revocations),
    releases: rest(row.releases, taken.releases),
  };
}

interface StoredCancellation {
  at: number;
  receipt: number;
}

function read(text: string): StoredCancellation[] {
  return JSON.parse(text) as StoredCancellation[];
}

function isNotIn(text: string): (one: StoredCancellation) => boolean {
  const known = new Set(read(text).map((one) => JSON.stringify(one)));
  return (one) => !known.has(JSON.stringify(one));
}

function sorted(all: StoredCancellation[]): StoredCancellation[] {
  return all.sort((a, b) => a.at - b.at || a.receipt - b.receipt);
}
