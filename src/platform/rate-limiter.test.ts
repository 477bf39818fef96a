import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestClock } from "../testing/clock.ts";
import { createRateLimiter } from "./rate-limiter.ts";

describe("the limiter", () => {
  test("keeps its promise for any limit and any pause: after Retry-After one request is free, a second before none", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_600 }),
        fc.array(fc.nat(5_000_000), { maxLength: 20 }),
        (limit, pausesMs) => {
          let ms = 1_800_000_000_000;
          const limiter = createRateLimiter({ nowMs: () => ms });
          for (const pause of pausesMs) {
            ms += pause;
            limiter.take("x", limit);
          }
          let verdict = limiter.take("x", limit);
          while (verdict.allowed) verdict = limiter.take("x", limit);
          expect(verdict.retryAfterSeconds).toBeGreaterThanOrEqual(1);
          expect(verdict.retryAfterSeconds).toBeLessThanOrEqual(Math.ceil(3_600 / limit));
          const start = ms;
          ms = start + (verdict.retryAfterSeconds - 1) * 1000;
          if (verdict.retryAfterSeconds > 1) expect(limiter.take("x", limit).allowed).toBe(false);
          ms = start + verdict.retryAfterSeconds * 1000;
          expect(limiter.take("x", limit).allowed).toBe(true);
        },
      ),
    );
  });

  test("never lets more than the limit through at once, and never more than twice of it in an hour", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(200_000), { minLength: 1, maxLength: 300 }),
        (limit, pausesMs) => {
          let ms = 0;
          const limiter = createRateLimiter({ nowMs: () => ms });
          const allowedAt: number[] = [];
          for (const pause of pausesMs) {
            ms += pause;
            if (limiter.take("x", limit).allowed) allowedAt.push(ms);
          }
          for (const [index, from] of allowedAt.entries()) {
            const inHour = allowedAt.slice(index).filter((at) => at < from + 3_600_000).length;
            expect(inHour).toBeLessThanOrEqual(2 * limit);
          }
        },
      ),
    );
  });

  test("takes a changed limit from the next request on, and survives a clock that jumps back", () => {
    const clock = createTestClock();
    const limiter = createRateLimiter(clock);
    expect(limiter.take("x", 1_000)).toMatchObject({ allowed: true, remaining: 999 });
    expect(limiter.take("x", 2)).toMatchObject({ allowed: true, remaining: 1, limit: 2 });
    clock.advanceSeconds(-10_000);
    expect(limiter.take("x", 2).allowed).toBe(true);
    expect(limiter.take("x", 2).allowed).toBe(false);
    expect(limiter.remaining("x", 2)).toBe(0);
    expect(limiter.remaining("never seen", 7)).toBe(7);
  });

  test("gives what a limit was raised by at once, and once", () => {
    const limiter = createRateLimiter(createTestClock());
    for (let index = 0; index < 4; index++) limiter.take("x", 3);
    expect(limiter.take("x", 3).allowed).toBe(false);
    expect(limiter.remaining("x", 1_000)).toBe(997);
    expect(limiter.take("x", 1_000)).toMatchObject({ allowed: true, remaining: 996, limit: 1_000 });
    expect(limiter.take("x", 1_000)).toMatchObject({ allowed: true, remaining: 995 });
    // Lowered and raised again: never more than the limit allows.
    expect(limiter.take("x", 3)).toMatchObject({ allowed: true, remaining: 2 });
    expect(limiter.take("x", 1_000)).toMatchObject({ allowed: true, remaining: 998 });
  });

  // Otherwise a customer with a small limit would set back the count of one with a large limit.
  test("drops only the bucket that was not used for longest when there are too many", () => {
    const limiter = createRateLimiter(createTestClock(), { bucketsMax: 3 });
    for (const id of ["a", "b", "c"]) limiter.take(id, 10);
    limiter.take("a", 10);
    limiter.take("d", 1);
    expect(["a", "b", "c", "d"].map((id) => limiter.remaining(id, 10))).toEqual([8, 10, 9, 9]);
  });
});
