import type { Clock } from "../clock.ts";
import { createRateLimiter } from "../rate-limiter.ts";
import type { RateLimitVerdict } from "../rate-limiter.ts";
import { SUBSCRIBER, networkOf } from "./network-of.ts";

const MINUTE_SECONDS = 60;
/** Past this many the one that was quiet for longest is forgotten: about 10 MB however many addresses somebody has. */
const NETWORKS_MAX = 50_000;

/**
 * Counts credentials that nobody knows, per address. It is asked only after a credential proved unknown: whoever has
 * a valid one waits for nothing here, whatever else comes from their address.
 */
export interface UnknownCredentials {
  /** Undefined while the address may go on; the verdict once it sent too many. */
  refusalOf(address: string): RateLimitVerdict | undefined;
}

export function createUnknownCredentials(clock: Clock, limit: number, networksMax = NETWORKS_MAX): UnknownCredentials {
  const limiter = createRateLimiter(clock, { bucketsMax: networksMax, windowSeconds: MINUTE_SECONDS });
  return {
    refusalOf(address) {
      if (limit === 0) return undefined;
      const verdict = limiter.take(networkOf(address, SUBSCRIBER), limit);
      return verdict.allowed ? undefined : verdict;
    },
  };
}
