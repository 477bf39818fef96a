import { spreadDelay } from "../../platform/spread-delay.ts";

/** Of Standard Webhooks: how long after a failed attempt the next one comes. The first one comes at once. */
const DELAYS_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/**
 * How many seconds after the `attempts`th attempt, which failed, the next one comes; undefined when there is none.
 * Not sooner than the receiver itself wants it, as far as a day.
 */
export function nextDelay(attempts: number, random: number, retryAfterSeconds: number | undefined): number | undefined {
  const delay = spreadDelay(DELAYS_SECONDS, attempts, random);
  return delay === undefined ? undefined : Math.max(delay, Math.min(retryAfterSeconds ?? 0, 86_400));
}
