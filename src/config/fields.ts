import ipaddr from "ipaddr.js";
import { z } from "zod";

/** `1` or `0`; off unless set. */
export const flag = z
  .enum(["0", "1", "false", "true", ""], { error: "must be 1 or 0" })
  .default("0")
  .transform((value) => value === "1" || value === "true");

/** A limit of requests; 0 stands for none. */
export const perMinute = (limit: number) =>
  z.coerce
    .number({ error: "must be a number of requests a minute, or 0 for no limit" })
    .int()
    .min(0)
    .max(1_000_000)
    .default(limit);

/** A whole number within bounds; `what` completes "must be a number of …". */
export const wholeNumber = (what: string, bounds: { min: number; max: number }, byDefault: number) =>
  z.coerce
    .number({ error: `must be a number of ${what}` })
    .int()
    .min(bounds.min)
    .max(bounds.max)
    .default(byDefault);

export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

export function isAddressOrRange(entry: string): boolean {
  return ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry);
}
