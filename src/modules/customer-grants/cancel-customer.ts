import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { patternsOutsideBound } from "../grants/index.ts";
import { tokenChanged } from "../tokens/index.ts";
import { WHOLE } from "./line-access.ts";
import {
  countGrantsInForce,
  endGrantsOfCustomer,
  findLine,
  listLinesOfCustomer,
  listTokensReadingCustomer,
  storeLine,
} from "./line-queries.ts";
import { UNKNOWN_LINE, cancellationsOf, isWithin, standingOf, withCancellation } from "./line-state.ts";
import type { Cancellations, LineRecord } from "./line-state.ts";
import { writeGrants } from "./write-grants.ts";

/**
 * Ends everything granted to a customer (`customers.id`), within the transaction of whoever revokes the customer,
 * records it and tells its tokens; the customer exists for the caller, so all of it lies within the caller's bound.
 * What the shop sold until now and tells us later is ended as well, within that bound; what it sells from now on is
 * not. Returns how many grants there were to end, whether anything new was remembered for what comes later, and what
 * {@link restoreGrantsOfCustomer} needs.
 */
export async function revokeGrantsOfCustomer(
  trx: Db,
  { packageBound }: Pick<Caller, "packageBound">,
  customer: string,
  now: number,
): Promise<{ ended: number; isRemembered: boolean; before: Cancellations }> {
  const key = { customer, orderId: WHOLE, line: WHOLE };
  const known: LineRecord = (await findLine(trx, key)) ?? UNKNOWN_LINE;
  const lines = [...(await listLinesOfCustomer(trx, customer)).values()].flat();
  const visible = lines.filter(({ purchase }) => purchase !== null && isWithin(purchase, packageBound));
  const cancellations = cancellationsOf(packageBound, undefined, now, visible);
  const record = cancellations.reduce((one, cancellation) => withCancellation(one, "revoke", cancellation), known);
  const [{ at }] = cancellations;
  await storeLine(trx, key, record, now);
  const { revocations, releases } = known;
  const isRemembered = JSON.stringify(record.revocations) !== JSON.stringify(revocations);
  const ended = await endGrantsOfCustomer(trx, customer, at, now);
  return { ended, isRemembered, before: { revocations, releases } };
}

/**
 * Whether a caller may undo the revocations of a customer since `before`: not those of somebody who could revoke more
 * than lies within the caller's bound.
 */
export async function mayUndoRevocations(
  trx: Db,
  { packageBound }: Pick<Caller, "packageBound">,
  customer: string,
  before: Cancellations,
): Promise<boolean> {
  if (packageBound === null) return true;
  const { revocations } = (await findLine(trx, { customer, orderId: WHOLE, line: WHOLE })) ?? UNKNOWN_LINE;
  const known = new Set(before.revocations.map((one) => JSON.stringify(one)));
  return revocations
    .filter((one) => !known.has(JSON.stringify(one)))
    .every(({ within }) => within !== null && patternsOutsideBound(within, packageBound).length === 0);
}

/**
 * Puts a customer's grants back to what they are without the revocations since `before`: what was cancelled by itself
 * stays so, and what was sold or changed meanwhile counts. Within the transaction of whoever restores the customer,
 * which holds it. Returns how many are in force that were not.
 */
export async function restoreGrantsOfCustomer(
  trx: Db,
  changed: RecordChange,
  customer: string,
  before: Cancellations,
  now: number,
): Promise<number> {
  const inForceBefore = await countGrantsInForce(trx, customer);
  await storeLine(trx, { customer, orderId: WHOLE, line: WHOLE }, { ...UNKNOWN_LINE, ...before }, now);
  for (const [orderId, stored] of await listLinesOfCustomer(trx, customer)) {
    const order: Cancellations = stored.find(({ line }) => line === WHOLE) ?? UNKNOWN_LINE;
    for (const { line, ...record } of stored.filter((one) => one.line !== WHOLE)) {
      const standing = standingOf(record, [order, before]);
      await writeGrants(trx, { customer, orderId, line }, standing, [], now);
    }
  }
  for (const id of await listTokensReadingCustomer(trx, customer)) changed(tokenChanged(id));
  return (await countGrantsInForce(trx, customer)) - inForceBefore;
}
