import type { Clock } from "../../platform/clock.ts";

const HOUR_MS = 3_600_000;
/** Past this many buckets those that are full again are dropped: a full one is the same as none. */
const BUCKETS_MAX = 100_000;

export interface RateLimitVerdict {
  allowed: boolean;
  limit: number;
  /** Whole requests free after this one. */
  remaining: number;
  /** Whole seconds until one request is free; 0 when one is. */
  retryAfterSeconds: number;
  /** Unix seconds at which the whole limit is free again. */
  resetAt: number;
}

export interface RateLimiter {
  take(id: string, limit: number): RateLimitVerdict;
  /** What is free now, without taking. */
  remaining(id: string, limit: number): number;
}

interface Bucket {
  free: number;
  updatedMs: number;
}

/**
 * A token bucket per credential: `limit` requests at once, refilled at `limit` an hour. A fixed window would tell
 * Composer to come back in an hour; a bucket frees the next request in 3600 / limit seconds.
 */
export function createRateLimiter(clock: Clock): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const refilled = (id: string, limit: number): Bucket => {
    const nowMs = clock.nowMs();
    const bucket = buckets.get(id);
    if (bucket === undefined) return { free: limit, updatedMs: nowMs };
    const gained = (Math.max(0, nowMs - bucket.updatedMs) * limit) / HOUR_MS;
    return { free: Math.min(limit, bucket.free + gained), updatedMs: nowMs };
  };
  const sweep = (limit: number) => {
    if (buckets.size < BUCKETS_MAX) return;
    for (const id of buckets.keys()) if (refilled(id, limit).free >= limit) buckets.delete(id);
    // Everybody is busy at once: forget the longest known ones rather than grow without end.
    for (const id of buckets.keys()) {
      if (buckets.size < BUCKETS_MAX) break;
      buckets.delete(id);
    }
  };
  return {
    take(id, limit) {
      const bucket = refilled(id, limit);
      const allowed = bucket.free >= 1;
      if (allowed) bucket.free -= 1;
      if (!buckets.has(id)) sweep(limit);
      buckets.set(id, bucket);
      return {
        allowed,
        limit,
        remaining: Math.floor(bucket.free),
        retryAfterSeconds: bucket.free >= 1 ? 0 : Math.max(1, Math.ceil(((1 - bucket.free) * HOUR_MS) / limit / 1000)),
        resetAt: Math.ceil((bucket.updatedMs + ((limit - bucket.free) * HOUR_MS) / limit) / 1000),
      };
    },
    remaining: (id, limit) => Math.floor(refilled(id, limit).free),
  };
}
