import { trueEnd } from "../grants/index.ts";
import type { Standing } from "./line-state.ts";

export type LineStatus = "active" | "pending" | "suspended" | "lapsed" | "released" | "revoked";

/** How a line stands now, in one word. */
export function statusOf(standing: Exclude<Standing, { kind: "unknown" }>, now: number): LineStatus {
  if (standing.kind === "revoked" || standing.kind === "replaced") return "revoked";
  if (standing.suspendedAt !== null) return "suspended";
  const terms = standing.purchase?.terms ?? null;
  const end = terms && trueEnd(terms.expiresAt, terms.graceDays);
  if (standing.kind === "granted" && end !== null && end <= now) return "lapsed";
  if (terms !== null && terms.startsAt !== null && terms.startsAt > now) return "pending";
  return standing.kind === "released" ? "released" : "active";
}
