import { addCalendarTerm } from "../../platform/calendar-terms.ts";
import type { CalendarTerm } from "../../platform/calendar-terms.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import { LATEST_TIME } from "../../platform/http/unix-time.ts";
import type { Db } from "../../schema.ts";
import { findRenewal, insertRenewalIfNew } from "./renewal-queries.ts";

/** What was asked for, read. */
export type Renewal =
  | { kind: "until"; until: number; reason: string | null }
  | {
      kind: "by";
      term: CalendarTerm;
      /** As it was written. */
      text: string;
      renewalId: string;
      reason: string | null;
    };

/** What a renewal comes to. */
export interface RenewedEnd {
  /** Whether the end moved by this call. */
  applied: boolean;
  /** Why not, for people; null where it was. */
  reason: string | null;
  /** From now on; null: there is none. */
  end: number | null;
}

/** Under which the renewals of a token are counted. */
export function renewalsOfToken(token: string): string {
  return token;
}

/**
 * Under which the renewals of a line of a customer's order are counted. What was told within a package bound is a line
 * of its own: nobody with a bound learns by a repetition what others told.
 */
export function renewalsOfLine(line: {
  /** `customers.id` */
  customer: string;
  orderId: string;
  line: string;
  within: readonly string[] | null;
}): string {
  const { customer, orderId } = line;
  const place = [customer, orderId, line.line];
  // The same packages in another order are the same bound.
  return JSON.stringify(line.within === null ? place : [...place, [...line.within].sort()]);
}

/**
 * Whether this renewal counted already: it changes nothing any more, whatever became of its target since, so ask
 * before refusing what has ended. Throws `renewal.id_reused` where the same id added another term.
 */
export async function hasCounted(trx: Db, target: string, renewal: Renewal): Promise<boolean> {
  if (renewal.kind === "until") return false;
  const known = await findRenewal(trx, target, renewal.renewalId);
  if (known === undefined) return false;
  if (known.body_hash !== fingerprintOf(renewal.term)) {
    throw new AppError(
      "renewal.id_reused",
      `The renewal_id ${JSON.stringify(renewal.renewalId)} has added another term already; each payment needs an id of its own.`,
    );
  }
  return true;
}

/** For the answer to one that {@link hasCounted}. */
export const COUNTED_ALREADY = "This renewal_id has been counted already; nothing was changed.";

/**
 * Moves an end, never to an earlier time, and remembers a renewal that has an id. The caller holds the target until
 * the transaction ends, so that two renewals add two terms; nothing else is asked of it. Where there is no end none
 * comes to be, and the renewal counts all the same: a late repetition of it must not move an end that is set one day.
 */
export async function renewEnd(
  trx: Db,
  target: string,
  renewal: Renewal,
  { end, now }: { end: number | null; now: number },
): Promise<RenewedEnd> {
  if (await hasCounted(trx, target, renewal)) return { applied: false, reason: COUNTED_ALREADY, end };
  const renewed = newEnd(renewal, end, now);
  if (renewal.kind === "by") {
    const isNew = await insertRenewalIfNew(trx, {
      ...{ target, renewal_id: renewal.renewalId, body_hash: fingerprintOf(renewal.term) },
      ...{ ends_before: end, ends_after: renewed.end, created_at: now },
    });
    if (!isNew) return { applied: false, reason: COUNTED_ALREADY, end };
  }
  return renewed;
}

function newEnd(renewal: Renewal, end: number | null, now: number): RenewedEnd {
  if (end === null) return { applied: false, reason: "It has no end, so there is nothing to renew.", end };
  if (renewal.kind === "until") {
    if (renewal.until > end) return { applied: true, reason: null, end: renewal.until };
    return { applied: false, reason: `It goes on until ${dateOf(end)}, which is the same time or later.`, end };
  }
  const renewed = addCalendarTerm(Math.max(end, now), renewal.term);
  if (renewed > LATEST_TIME) throw invalidField("/by", "would end after the year 5138");
  return { applied: true, reason: null, end: renewed };
}

/** The same for terms that are written differently and mean the same: `P1Y` and `P12M`. */
function fingerprintOf({ months, days }: CalendarTerm): string {
  return `${months} months ${days} days`;
}

function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** For the details of an audit record: what was asked for. */
export function auditableRenewal(renewal: Renewal): { renewal: Record<string, unknown> } {
  if (renewal.kind === "until") return { renewal: { until: renewal.until } };
  return { renewal: { by: renewal.text, renewal_id: renewal.renewalId } };
}
