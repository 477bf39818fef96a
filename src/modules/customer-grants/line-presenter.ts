import { effectiveTerms } from "./line-state.ts";
import type { GrantTerms, Purchase, Standing } from "./line-state.ts";
import { graceUntil } from "../grants/index.ts";
import { statusOf } from "./line-status.ts";
import type { LineStatus } from "./line-status.ts";

/** Whose line it is, as a shop names it. */
export interface LineAddress {
  customer_id: string;
  shop: string;
  order_id: string;
  line: string;
}

/** What was sold, as the API shows it. */
export interface PresentedTerms {
  packages: string[];
  constraint: string | null;
  stability: string | null;
  updates_until: number | null;
  starts_at: number | null;
  expires_at: number | null;
  grace_days: number;
  with_dependencies: boolean;
  dependencies: string[];
}

/** A line as the API shows it. */
export interface PresentedLine extends LineAddress, PresentedTerms {
  status: LineStatus;
  grace_until: number | null;
  in_grace: boolean;
  occurred_at: number | null;
  cancelled_at: number | null;
  suspended_at: number | null;
}

/** Undefined where nothing at all is known of the line. */
export function presentLine(address: LineAddress, standing: Standing, now: number): PresentedLine | undefined {
  if (standing.kind === "unknown") return undefined;
  const { customer_id, shop, order_id, line } = address;
  return { customer_id, shop, order_id, line, ...factsOf(standing, now) };
}

/** What an audit record holds of a line; null where nothing is known of it. */
export function auditableLine(standing: Standing, now: number): Record<string, unknown> | null {
  return standing.kind === "unknown" ? null : factsOf(standing, now);
}

function factsOf(
  standing: Exclude<Standing, { kind: "unknown" }>,
  now: number,
): Omit<PresentedLine, keyof LineAddress> {
  const { purchase } = standing;
  const releasedAt = standing.kind === "released" ? standing.at : null;
  const terms = purchase && effectiveTerms(purchase, releasedAt);
  return {
    status: statusOf(standing, now),
    ...presentTerms(purchase, releasedAt),
    ...graceOf(terms, statusOf(standing, now), now),
    occurred_at: purchase?.at ?? null,
    cancelled_at: standing.kind === "granted" ? null : standing.at,
    suspended_at: standing.suspendedAt,
  };
}

function graceOf(
  terms: GrantTerms | null,
  status: LineStatus,
  now: number,
): Pick<PresentedLine, "grace_until" | "in_grace"> {
  if (terms === null) return { grace_until: null, in_grace: false };
  const isOver = terms.expiresAt !== null && terms.expiresAt <= now;
  return { grace_until: graceUntil(terms.expiresAt, terms.graceDays), in_grace: isOver && status === "active" };
}

/** The terms of a purchase, or after a cancellation that keeps something what is left of them. */
export function presentTerms(purchase: Purchase | null, releasedAt: number | null): PresentedTerms {
  const terms = purchase && effectiveTerms(purchase, releasedAt);
  return {
    packages: terms?.patterns ?? [],
    constraint: terms?.constraint ?? null,
    stability: terms?.stability ?? null,
    updates_until: terms?.updatesUntil ?? null,
    starts_at: terms?.startsAt ?? null,
    expires_at: terms?.expiresAt ?? null,
    grace_days: terms?.graceDays ?? 0,
    with_dependencies: terms?.withDependencies ?? false,
    dependencies: purchase?.dependencies ?? [],
  };
}
