import { effectiveTerms } from "./line-state.ts";
import type { Purchase, Standing } from "./line-state.ts";

export type LineStatus = "active" | "pending" | "lapsed" | "released" | "revoked";

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
  with_dependencies: boolean;
  dependencies: string[];
}

/** A line as the API shows it. */
export interface PresentedLine extends LineAddress, PresentedTerms {
  status: LineStatus;
  occurred_at: number | null;
  cancelled_at: number | null;
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
  return {
    status: statusOf(standing, now),
    ...presentTerms(purchase, standing.kind === "released" ? standing.at : null),
    occurred_at: purchase?.at ?? null,
    cancelled_at: standing.kind === "granted" ? null : standing.at,
  };
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
    with_dependencies: terms?.withDependencies ?? false,
    dependencies: purchase?.dependencies ?? [],
  };
}

function statusOf(standing: Exclude<Standing, { kind: "unknown" }>, now: number): LineStatus {
  if (standing.kind === "revoked") return "revoked";
  const { startsAt = null, expiresAt = null } = standing.purchase?.terms ?? {};
  if (standing.kind === "granted" && expiresAt !== null && expiresAt <= now) return "lapsed";
  if (startsAt !== null && startsAt > now) return "pending";
  return standing.kind === "released" ? "released" : "active";
}
