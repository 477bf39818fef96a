import { AppError } from "../../platform/errors.ts";
import type { RevocationCause } from "../../schema.ts";
import type { TokenRow } from "./token-queries.ts";

/** For so long a revocation can be taken back. */
export const RESTORABLE_SECONDS = 30 * 24 * 3600;

/** What of a token says how it ended. */
type Ended = Pick<TokenRow, "revoked_at" | "revoked_why" | "customer_revocation">;

/** Why a token ended; rows of releases before tell it by their customer's revocation only. */
export function causeOf({ revoked_at, revoked_why, customer_revocation }: Ended): RevocationCause | null {
  if (revoked_at === null) return null;
  return revoked_why ?? (customer_revocation === null ? "revoked" : "customer");
}

/** Whether what ended so stays ended, whatever is restored. */
export function isFinal(why: RevocationCause | null): boolean {
  return why !== null && FINAL[why] !== undefined;
}

/** Until when its revocation can be taken back by itself; null: it cannot, or it is not revoked. */
export function restorableUntil(row: Ended, now: number): number | null {
  const why = causeOf(row);
  if (row.revoked_at === null || why === null || why === "customer" || isFinal(why)) return null;
  const until = row.revoked_at + RESTORABLE_SECONDS;
  return until > now ? until : null;
}

/** 409 for a change of a token that is revoked. */
export function refuseRevoked(row: Ended): void {
  const why = causeOf(row);
  if (why === null) return;
  throw new AppError("resource.conflict", `This token was revoked${whyIn(why)}${WAY[why]}`);
}

/** 409 for a revocation that cannot be taken back, with the reason and the way that is left. */
export function refuseUnrestorable(row: Ended, now: number): void {
  const why = causeOf(row);
  if (why === null || restorableUntil(row, now) !== null) return;
  const isLate = why !== "customer" && !isFinal(why);
  const way = isLate ? " more than 30 days ago, which is final; create a new one." : WAY[why];
  throw new AppError("resource.conflict", `This token was revoked${whyIn(why)}${way}`);
}

/** What cannot be brought back, in words. */
const FINAL: Partial<Record<RevocationCause, string>> = {
  leaked: " as leaked",
  replaced: " because another one took its place",
  transferred: " before its customer was transferred to somebody else",
  erased: " because its buyer was erased",
};

/** Of these nothing comes back. */
export const FINAL_CAUSES = Object.keys(FINAL) as readonly RevocationCause[];

function whyIn(why: RevocationCause): string {
  return FINAL[why] ?? { customer: " with its customer", order: " with its order" }[why as string] ?? "";
}

const IS_FINAL = ", which is final; create a new one.";
const WAY: Record<RevocationCause, string> = {
  revoked: "; restore it, within 30 days, or create a new one.",
  order: "; restore it or the order, within 30 days, or create a new one.",
  customer: "; restore the customer, or create a new one.",
  leaked: IS_FINAL,
  replaced: IS_FINAL,
  transferred: IS_FINAL,
  erased: IS_FINAL,
};
