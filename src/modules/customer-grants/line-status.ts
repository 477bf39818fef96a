import type { GrantTerms, Standing } from "./line-state.ts";

export type LineStatus = "active" | "pending" | "suspended" | "lapsed" | "released" | "revoked";

const DAY = 86_400;

/** How a line stands now, in one word. */
export function statusOf(standing: Exclude<Standing, { kind: "unknown" }>, now: number): LineStatus {
  if (standing.kind === "revoked" || standing.kind === "replaced") return "revoked";
  if (standing.suspendedAt !== null) return "suspended";
  const terms = standing.purchase?.terms ?? null;
  const end = terms && trueEnd(terms);
  if (standing.kind === "granted" && end !== null && end <= now) return "lapsed";
  if (terms !== null && terms.startsAt !== null && terms.startsAt > now) return "pending";
  return standing.kind === "released" ? "released" : "active";
}

/** Until when it goes on, with its grace; null: for ever. */
function trueEnd({ expiresAt, graceDays }: GrantTerms): number | null {
  return expiresAt === null ? null : expiresAt + graceDays * DAY;
}

/** Until when it goes on after its end; null without a grace. */
export function graceUntil(terms: GrantTerms): number | null {
  return terms.graceDays === 0 ? null : trueEnd(terms);
}
