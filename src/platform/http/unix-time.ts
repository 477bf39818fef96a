import { z } from "zod";

/** 2000-01-01 and 5138-11-16: whatever is outside is a unit mistake. */
const EARLIEST = 946_684_800;
export const LATEST_TIME = 99_999_999_999;

/**
 * A time in a body, in Unix seconds, past or future; or null. Milliseconds and durations are refused, with the remedy.
 * The check leaves nothing but numbers and null; a transformation that says so would cost the examples their place in
 * openapi.json.
 */
export function timeOrNull(description: string, example = 1735689600) {
  return z
    .unknown()
    .superRefine((value, context) => {
      const message = value === null || value === undefined ? undefined : timeProblem(value);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .meta({ type: ["integer", "null"], description, examples: [example] }) as unknown as z.ZodType<
    number | null | undefined
  >;
}

/** What shops have where there is no end. A 0 that is read as 1970 would end what was sold for ever. */
const NO_TIME: ReadonlySet<unknown> = new Set([0, false, "", "0"]);

function timeProblem(value: unknown): string | undefined {
  if (NO_TIME.has(value)) return "must be a number of Unix seconds; send null for no end, or where there is none";
  if (typeof value === "string") return "must be a number of Unix seconds, not a string";
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a whole number of Unix seconds";
  if (value > LATEST_TIME) return "looks like milliseconds; send Unix seconds (divide by 1000)";
  if (!Number.isInteger(value)) return "must be a whole number of seconds (round it)";
  return value < EARLIEST
    ? "lies before the year 2000; send an absolute time in Unix seconds, not a duration"
    : undefined;
}
