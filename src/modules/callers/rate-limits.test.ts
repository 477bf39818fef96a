import { describe, expect, test } from "vitest";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";

const limitsOf = ({ status, headers }: TestAnswer) => [
  status,
  headers.get("ratelimit-policy"),
  headers.get("ratelimit"),
  headers.get("retry-after"),
];

describe.each(testEngines)("the rate limit of the Management API on %s", (engine) => {
  test("gives a management token its burst, then 429 with a Retry-After that is true to the second", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "4" });
    const [shop, other] = [await server.createManagementToken(), await server.createManagementToken()];
    const read = (secret = shop) => server.api("GET", "/api/tokens", secret);
    const policy = '"requests";q=4;w=60';
    expect(limitsOf(await read())).toEqual([200, policy, '"requests";r=3;t=15', null]);
    expect(limitsOf(await read())).toEqual([200, policy, '"requests";r=2;t=30', null]);
    // What is refused for another reason counts as well, and says what is left.
    const missing = await server.api("GET", "/api/tokens/token_none", shop);
    expect(limitsOf(missing)).toEqual([404, policy, '"requests";r=1;t=45', null]);
    expect(limitsOf(await read())).toEqual([200, policy, '"requests";r=0;t=60', null]);
    const refused = await server.api("POST", "/api/tokens/token_none/rotate", shop);
    expect(limitsOf(refused)).toEqual([429, policy, '"requests";r=0;t=60', "15"]);
    expect(refused.json()).toMatchObject({
      code: "request.too_many",
      detail: "This management token made more than 4 requests a minute; the next one is free in 15 seconds.",
    });
    expect(limitsOf(await read(other))).toEqual([200, policy, '"requests";r=3;t=15', null]);
    server.clock.advanceSeconds(14);
    expect(limitsOf(await read())).toEqual([429, policy, '"requests";r=0;t=46', "1"]);
    server.clock.advanceSeconds(1);
    expect([(await read()).status, (await read()).status]).toEqual([200, 429]);
    server.clock.advanceSeconds(60);
    expect((await read()).status).toBe(200);
    expect((await read()).json()).toEqual([]);
  });

  test("counts each session by itself, and leaves what is open alone", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "2" });
    const one = await logIn(server, { role: "owner" });
    const two = await logIn(server, { role: "owner" });
    const statuses = async (session: typeof one, count: number) => {
      const answers = [];
      for (let index = 0; index < count; index++) answers.push((await session.api("GET", "/api/account")).status);
      return answers;
    };
    expect(await statuses(one, 3)).toEqual([200, 200, 429]);
    expect(await statuses(two, 1)).toEqual([200]);
    for (const path of ["/api/session", "/api/openapi.json", "/api/install", "/health"]) {
      const answer = await server.api("GET", path, undefined, undefined, { cookie: one.cookie });
      expect([path, ...limitsOf(answer)]).toEqual([path, 200, null, null, null]);
    }
  });

  test("is off with 0, headers and all, and lets a shop make 600 requests at once unless told", async () => {
    await using free = await startTestServer(engine, { API_RATE_LIMIT: "0" });
    const answer = await free.api("GET", "/api/tokens", await free.createManagementToken());
    expect(limitsOf(answer)).toEqual([200, null, null, null]);
    await using usual = await startTestServer(engine, { API_RATE_LIMIT: "" });
    const shop = await usual.createManagementToken();
    expect((await usual.api("GET", "/api/tokens", shop)).headers.get("ratelimit-policy")).toBe('"requests";q=600;w=60');
  });

  // Otherwise a stolen secret that was revoked would go on being told "come back later".
  test("hides neither revocation nor expiry", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "1" });
    const expiring = await server.createManagementToken({ expiresAt: 1_800_000_060 });
    const read = async () => (await server.api("GET", "/api/tokens", expiring)).status;
    expect([await read(), await read()]).toEqual([200, 429]);
    server.clock.advanceSeconds(60);
    expect(await read()).toBe(401);
  });
});

describe.each(testEngines)("the limit of unknown credentials on %s", (engine) => {
  test("answers 429 to the unknown ones of an address, and a valid one from there as ever, on both sides", async () => {
    await using server = await startTestServer(engine, { UNKNOWN_CREDENTIAL_LIMIT: "6" });
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, shop);
    const unknown = () => server.composer("/packages.json", newSecret("pbt"));
    const statuses = [];
    for (let index = 0; index < 3; index++) {
      statuses.push((await unknown()).status, (await server.api("GET", "/api/tokens", newSecret("pbm"))).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
    const composer = await unknown();
    expect([composer.status, composer.headers.get("retry-after"), composer.headers.get("content-type")]).toEqual([
      ...[429, "10", "application/json"],
    ]);
    expect(composer.json()).toEqual({
      warning: expect.stringMatching(
        /^Your token is unknown to .* Too many unknown tokens came from your address; a right one works at once, try another in a minute\.$/,
      ) as unknown,
    });
    const api = await server.api("GET", "/api/tokens", "pbm_mistyped");
    expect(limitsOf(api)).toEqual([429, '"unknown-credentials";q=6;w=60', '"unknown-credentials";r=0;t=60', "10"]);
    expect(api.json()).toMatchObject({ code: "request.too_many" });
    expect(api.headers.get("www-authenticate")).toBeNull();
    // Warm and cold, Composer's side and ours.
    for (const path of ["/packages.json", "/packages.json", "/p2/acme/core.json"]) {
      expect((await server.composer(path, token)).status).toBe(200);
    }
    expect((await server.api("GET", "/api/tokens", shop)).status).toBe(200);
    expect((await sellToken(server, shop)).token).toMatch(/^pbt_/);
    server.clock.advanceSeconds(10);
    expect([(await unknown()).status, (await unknown()).status]).toEqual([401, 429]);
  });

  test("does not count what is missing, expired, revoked, replaced, of the wrong kind or unreadable", async () => {
    await using server = await startTestServer(engine, { UNKNOWN_CREDENTIAL_LIMIT: "1" });
    const shop = await server.createManagementToken();
    const expired = (await sellToken(server, shop, { expires_at: 1_700_000_000 })).token;
    const sold = await sellToken(server, shop);
    await server.api("DELETE", `/api/tokens/${sold.id}`, shop);
    const old = await sellToken(server, shop);
    await server.api("POST", `/api/tokens/${old.id}/rotate`, shop, { overlap_seconds: 0 });
    const lapsed = await server.createManagementToken({ expiresAt: 1_800_000_001 });
    server.clock.advanceSeconds(1);
    for (let round = 0; round < 3; round++) {
      for (const secret of [undefined, expired, sold.token, old.token, shop]) {
        expect((await server.composer("/packages.json", secret)).status).toBe(401);
      }
      const unreadable = await server.composer("/packages.json", undefined, { authorization: "Digest x" });
      expect(unreadable.status).toBe(401);
      for (const secret of [undefined, lapsed, expired]) {
        expect((await server.api("GET", "/api/tokens", secret)).status).toBe(401);
      }
    }
    expect((await server.composer("/packages.json", newSecret("pbt"))).status).toBe(401);
    expect((await server.composer("/packages.json", newSecret("pbt"))).status).toBe(429);
    // And once it is limited, they hear what is wrong with them all the same.
    expect((await server.composer("/packages.json", expired)).status).toBe(401);
    expect((await server.api("GET", "/api/tokens", lapsed)).json()).toMatchObject({ code: "auth.expired" });
  });

  test("tells addresses apart behind a proxy that is trusted", async () => {
    const environment = { UNKNOWN_CREDENTIAL_LIMIT: "1", TRUSTED_PROXIES: "127.0.0.1" };
    await using server = await startTestServer(engine, environment);
    const from = async (address: string) =>
      (await server.composer("/packages.json", newSecret("pbt"), { "x-forwarded-for": address })).status;
    expect([await from("192.0.2.1"), await from("192.0.2.1"), await from("192.0.2.2")]).toEqual([401, 429, 401]);
    expect([await from("2001:db8::1"), await from("2001:db8::2"), await from("2001:db8:0:1::1")]).toEqual([
      ...[401, 429, 401],
    ]);
  });
});

// 650 refused requests wrote 143 kB; a script that goes on for a day would fill the disk of the database.
test("what is refused past a limit fills no log: the first line, then one a minute with how many there were", async () => {
  await using server = await startTestServer("sqlite", { UNKNOWN_CREDENTIAL_LIMIT: "1", API_RATE_LIMIT: "1" });
  const shop = await server.createManagementToken();
  const { token } = await sellToken(server, shop, { rate_limit_max: 1 });
  await server.composer("/packages.json", token);
  await server.api("GET", "/api/tokens", newSecret("pbm"));
  server.logLines.length = 0;
  const requests = [
    (index: number) => server.composer(`/p2/acme/core-${index}.json`, token),
    (index: number) => server.composer(`/p2/acme/core-${index}.json`, newSecret("pbt")),
    (index: number) => server.api("GET", `/api/tokens/${index}`, newSecret("pbm")),
  ];
  const ask = async (request: (index: number) => Promise<{ status: number }>) => {
    for (let index = 0; index < 20; index++) expect((await request(index)).status).toBe(429);
  };
  const lines = () =>
    server.logLines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ status, msg }) => status === 429 && msg !== "composer answered");
  for (const request of requests) await ask(request);
  await expect.poll(() => lines().length).toBe(3);
  for (const line of lines()) expect(line["request_id"]).toMatch(/^req_/);
  server.clock.advanceSeconds(60);
  // One of each is free again by now, but the token's.
  await server.api("GET", "/api/tokens", newSecret("pbm"));
  await server.composer("/packages.json", token);
  expect(lines().slice(3)).toMatchObject([{ repeated: 19, reason: "rate limited" }, { repeated: 19 }]);
});
