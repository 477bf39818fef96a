import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";

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
      warning:
        "Your token made more requests than its limit of 5 an hour: try again in 12 minutes, or ask the vendor for a higher limit.",
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

  // Composer 2.11 waits for as long as it is told, with all its requests, and gives up after three refusals each.
  test("tells a run of many requests to come back when as many are free, within the minute that Composer waits", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { token } = await sellToken(server, shop, { rate_limit_max: 1_000 });
    const read = () => server.composer("/packages.json", token);
    await Promise.all(Array.from({ length: 1_000 }, read));
    const refused = await Promise.all(Array.from({ length: 12 }, read));
    const waits = refused.map(({ status, headers }) => [status, headers.get("retry-after")]);
    expect(waits).toEqual(Array.from({ length: 12 }, () => [429, "44"]));
    // One sentence, which Composer prints once: no number in it runs.
    expect(new Set(refused.map(({ text }) => text)).size).toBe(1);
    server.clock.advanceSeconds(44);
    const again = await Promise.all(Array.from({ length: 12 }, read));
    expect(again.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
  });

  // Support raises it for a buyer who is stuck, and writes "try again".
  test("that is raised is in force with the next request, exhausted or not", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, { rate_limit_max: 3 });
    const read = () => server.composer("/packages.json", token);
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await read()).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await server.api("PATCH", `/api/tokens/${id}`, shop, { rate_limit_max: 1_000 })).status).toBe(200);
    const shown = (await server.api("GET", `/api/tokens/${id}`, shop)).json();
    expect(shown).toMatchObject({ usage: { rate_limit_remaining: 997 } });
    const answer = await read();
    expect([answer.status, answer.headers.get("x-ratelimit-remaining")]).toEqual([200, "996"]);
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
