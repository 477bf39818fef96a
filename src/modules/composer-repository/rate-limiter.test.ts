import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestClock } from "../../testing/clock.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createRateLimiter } from "./rate-limiter.ts";

describe.each(testEngines)("rate_limit_max on %s", (engine) => {
  test("of 5 answers five, then 429 with a Retry-After that is true to the second", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, await server.createManagementToken(), { rate_limit_max: 5 });
    const read = (path = "/p2/acme/core.json") => server.composer(path, token);
    for (const [index, path] of [
      "/packages.json",
      "/p2/acme/core.json",
      "/p2/no/such.json",
      "/list.json",
      "/search.json",
    ].entries()) {
      const answer = await read(path);
      expect([200, 404], path).toContain(answer.status);
      expect(answer.headers.get("x-ratelimit-limit")).toBe("5");
      expect(answer.headers.get("x-ratelimit-remaining")).toBe(String(4 - index));
    }
    const refused = await read();
    expect([refused.status, refused.headers.get("content-type")]).toEqual([429, "application/json"]);
    expect(refused.json()).toEqual({
      warning: "Your token made too many requests; the next one is free in 720 seconds.",
    });
    expect(refused.headers.get("retry-after")).toBe("720");
    expect(refused.headers.get("x-ratelimit-reset")).toBe(String(1_800_000_000 + 3_600));
    server.clock.advanceSeconds(719);
    const early = await read();
    expect([early.status, early.headers.get("retry-after")]).toEqual([429, "1"]);
    server.clock.advanceSeconds(1);
    expect((await read()).status).toBe(200);
    expect((await read()).status).toBe(429);
    server.clock.advanceSeconds(3_600);
    const statuses = [];
    for (let index = 0; index < 6; index++) statuses.push((await read()).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test("does not count /notify, nor what another token does, and leaves a token without a limit alone", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const [one, two] = [
      await sellToken(server, shop, { rate_limit_max: 1 }),
      await sellToken(server, shop, { rate_limit_max: 1 }),
    ];
    const free = await sellToken(server, shop);
    const notify = () =>
      fetch(`${server.url}/notify`, {
        method: "POST",
        headers: { authorization: `Bearer ${one.token}` },
        body: '{"downloads":[]}',
      });
    expect((await server.composer("/packages.json", one.token)).status).toBe(200);
    for (let index = 0; index < 5; index++) {
      const answer = await notify();
      expect([answer.status, answer.headers.get("x-ratelimit-limit")]).toEqual([200, null]);
    }
    expect((await server.composer("/packages.json", one.token)).status).toBe(429);
    expect((await server.composer("/packages.json", two.token)).status).toBe(200);
    for (let index = 0; index < 50; index++) {
      const answer = await server.composer("/packages.json", free.token);
      expect([answer.status, answer.headers.get("x-ratelimit-limit")]).toEqual([200, null]);
    }
  });

  // A limit must not shadow the end of a token: "come back later" would be a lie.
  test("hides neither expiry nor revocation", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const expiring = await sellToken(server, shop, { rate_limit_max: 1, expires_at: 1_800_000_060 });
    const revoked = await sellToken(server, shop, { rate_limit_max: 1 });
    const read = async (secret: string) => (await server.composer("/packages.json", secret)).status;
    expect([await read(expiring.token), await read(expiring.token)]).toEqual([200, 429]);
    expect([await read(revoked.token), await read(revoked.token)]).toEqual([200, 429]);
    server.clock.advanceSeconds(60);
    await server.api("DELETE", `/api/tokens/${revoked.id}`, shop);
    expect([await read(expiring.token), await read(revoked.token)]).toEqual([401, 401]);
  });
});

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

  // Otherwise a customer with a small limit would set back the count of one with a large limit.
  test("drops only the bucket that was not used for longest when there are too many", () => {
    const limiter = createRateLimiter(createTestClock(), 3);
    for (const id of ["a", "b", "c"]) limiter.take(id, 10);
    limiter.take("a", 10);
    limiter.take("d", 1);
    expect(["a", "b", "c", "d"].map((id) => limiter.remaining(id, 10))).toEqual([8, 10, 9, 0]);
  });
});
