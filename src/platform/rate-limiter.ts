import type { Clock } from "./clock.ts";

const HOUR_SECONDS = 3_600;
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
  /** The same to the millisecond. */
  retryAfterMs: number;
  /** In how many milliseconds one more is free each time. */
  msPerRequest: number;
  /** Unix seconds at which the whole limit is free again, and in how many. */
  resetAt: number;
  resetSeconds: number;
}

export interface RateLimiter {
  take(id: string, limit: number): RateLimitVerdict;
  /** What {@link take} would say, without taking. */
  look(id: string, limit: number): RateLimitVerdict;
  /** What is free now, without taking. */
  remaining(id: string, limit: number): number;
}

interface Bucket {
  free: number;
  /** As it was when the bucket was last looked at. */
  limit: number;
  updatedMs: number;
}

/**
 * A token bucket per name: `limit` requests at once, refilled at `limit` a window, by default an hour. A fixed window
 * would tell Composer to come back in an hour; a bucket frees the next request in 3600 / limit seconds. The buckets
 * are in the memory of this instance: several instances each have their own.
 */
export function createRateLimiter(
  clock: Clock,
  { bucketsMax = BUCKETS_MAX, windowSeconds = HOUR_SECONDS }: { bucketsMax?: number; windowSeconds?: number } = {},
): RateLimiter {
  const windowMs = windowSeconds * 1000;
  /** In the order of their last use. */
  const buckets = new Map<string, Bucket>();
  const refilled = (id: string, limit: number): Bucket => {
    const nowMs = clock.nowMs();
    const bucket = buckets.get(id);
    if (bucket === undefined) return { free: limit, limit, updatedMs: nowMs };
    const gained = (Math.max(0, nowMs - bucket.updatedMs) * limit) / windowMs;
    // A limit that was raised is for somebody who is stuck now: the difference is free with the next request.
    const raised = Math.max(0, limit - bucket.limit);
    return { free: Math.min(limit, bucket.free + raised + gained), limit, updatedMs: nowMs };
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
  const verdictOn = (bucket: Bucket, allowed: boolean): RateLimitVerdict => {
    const { limit, free } = bucket;
    const retryAfterMs = isFree(bucket) ? 0 : Math.max(1, Math.ceil(((1 - free) * windowMs) / limit - ROUNDING));
    const resetMs = ((limit - free) * windowMs) / limit;
    return {
      allowed,
      limit,
      remaining: whole(free),
      retryAfterMs,
      msPerRequest: windowMs / limit,
      retryAfterSeconds: ceilSeconds(retryAfterMs),
      resetAt: ceilSeconds(bucket.updatedMs + resetMs),
      resetSeconds: ceilSeconds(resetMs),
    };
  };
  return {
    take(id, limit) {
      const bucket = refilled(id, limit);
      const allowed = isFree(bucket);
      if (allowed) bucket.free = Math.max(0, bucket.free - 1);
      keep(id, bucket);
      return verdictOn(bucket, allowed);
    },
    look(id, limit) {
      const bucket = refilled(id, limit);
      return verdictOn(bucket, isFree(bucket));
    },
    remaining: (id, limit) => whole(refilled(id, limit).free),
  };
}

/** As many requests as Composer has under way at once. */
const BURST = 12;
/** The longest that Composer waits by itself. */
const PATIENCE_SECONDS = 60;

/**
 * When whoever makes several requests at once had better come back: all of them come back together, so that one free
 * request would refuse all but one again. As many are free by then as Composer has under way and waits for by itself.
 */
export function burstAfterSeconds({ limit, retryAfterMs, msPerRequest }: RateLimitVerdict): number {
  const later = Math.floor((PATIENCE_SECONDS * 1000 - retryAfterMs) / msPerRequest);
  const more = Math.max(0, Math.min(later, BURST - 1, limit - 1));
  return ceilSeconds(retryAfterMs + more * msPerRequest);
}

/** `1 second`, `12 seconds`: for whoever is told to wait. */
export function secondsInWords(seconds: number): string {
  return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
}

function isFree({ free }: Bucket): boolean {
  return free >= 1 - ROUNDING;
}

function whole(free: number): number {
  return Math.floor(free + ROUNDING);
}

function ceilSeconds(ms: number): number {
  return Math.ceil(ms / 1000 - ROUNDING);
}
