/** Of Standard Webhooks: how long after a failed attempt the next one comes. The first one comes at once. */
const DELAYS_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const JITTER = 0.1;

/**
 * How many seconds after the `attempts`th attempt, which failed, the next one comes; undefined when there is none.
 * Spread by a tenth, so that a receiver that was down is not asked by everybody in the same second; not sooner than the
 * receiver itself wants it, as far as a day.
 */
export function nextDelay(attempts: number, random: number, retryAfterSeconds: number | undefined): number | undefined {
  const delay = DELAYS_SECONDS[attempts - 1];
  if (delay === undefined) return undefined;
  const spread = Math.ceil(delay * (1 + JITTER * random));
  return Math.max(spread, Math.min(retryAfterSeconds ?? 0, 86_400));
}
