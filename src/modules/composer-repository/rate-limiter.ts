import type { Clock } from "../../platform/clock.ts";

const HOUR_MS = 3_600_000;
/** Past this many the bucket that was not touched for longest is dropped: it has refilled most. */
const BUCKETS_MAX = 200_000;
/** Refilling adds fractions: a request that is due to the second must not fail by the last bit of one. */
const ROUNDING = 1e-6;

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
export function createRateLimiter(clock: Clock, bucketsMax = BUCKETS_MAX): RateLimiter {
  /** In the order of their last use. */
  const buckets = new Map<string, Bucket>();
  const refilled = (id: string, limit: number): Bucket => {
    const nowMs = clock.nowMs();
    const bucket = buckets.get(id);
    if (bucket === undefined) return { free: limit, updatedMs: nowMs };
    const gained = (Math.max(0, nowMs - bucket.updatedMs) * limit) / HOUR_MS;
    return { free: Math.min(limit, bucket.free + gained), updatedMs: nowMs };
  };
  const keep = (id: string, bucket: Bucket) => {
    buckets.delete(id);
    buckets.set(id, bucket);
    if (buckets.size <= bucketsMax) return;
    for (const oldest of buckets.keys()) {
      buckets.delete(oldest);
      return;
    }
  };
  return {
    take(id, limit) {
      const bucket = refilled(id, limit);
      const allowed = bucket.free >= 1 - ROUNDING;
      if (allowed) bucket.free = Math.max(0, bucket.free - 1);
      keep(id, bucket);
      const isFree = bucket.free >= 1 - ROUNDING;
      return {
        allowed,
        limit,
        remaining: whole(bucket.free),
        retryAfterSeconds: isFree ? 0 : Math.max(1, ceilSeconds(((1 - bucket.free) * HOUR_MS) / limit)),
        resetAt: ceilSeconds(bucket.updatedMs + ((limit - bucket.free) * HOUR_MS) / limit),
      };
    },
    remaining: (id, limit) => whole(refilled(id, limit).free),
  };
}

function whole(free: number): number {
  return Math.floor(free + ROUNDING);
}

function ceilSeconds(ms: number): number {
  return Math.ceil(ms / 1000 - ROUNDING);
}
