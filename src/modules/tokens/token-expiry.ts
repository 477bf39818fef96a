import type { FieldError } from "../../platform/errors.ts";

/** 2000-01-01 and 5138-11-16: whatever is outside is a unit mistake. */
const EARLIEST = 946_684_800;
const LATEST = 99_999_999_999;

/**
 * Why a value cannot be an `expires_at`, with the remedy; undefined when it can. A time already past is fine: it
 * makes an expired token, as the example of the spec does by now.
 */
export function expiryProblem(value: unknown): FieldError | undefined {
  const refuse = (detail: string) => ({ pointer: "/expires_at", detail });
  if (typeof value === "string") return refuse("must be a number of Unix seconds, not a string");
  if (typeof value !== "number" || !Number.isFinite(value)) return refuse("must be a whole number of Unix seconds");
  if (value > LATEST) return refuse("looks like milliseconds; send Unix seconds (divide by 1000)");
  if (!Number.isInteger(value)) return refuse("must be a whole number of seconds (round it)");
  if (value < EARLIEST)
    return refuse("lies before the year 2000; send an absolute time in Unix seconds, not a duration");
  return undefined;
}
