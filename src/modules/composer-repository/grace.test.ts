import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000; // 2027-01-15
const DAY = 86_400;

/** What Composer 2 prints of it: not what is for versions below. */
function lineOf(answer: TestAnswer): string | undefined {
  const document = answer.json() as { warning?: string; "warning-versions"?: string };
  return document["warning-versions"] === undefined ? document.warning : undefined;
}

async function setUp(server: TestServer) {
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  await hostPackage(server.core.database, "acme/theme", ["1.0.0"]);
  const by = await server.createManagementToken({ scopes: [...SCOPES] });
  const read = async (id: string) => (await server.api("GET", `/api/tokens/${id}`, by)).json();
  const root = async (token: string, headers: Record<string, string> = {}) => {
    const answer = await server.composer("/packages.json", token, headers);
    return {
      status: answer.status,
      warning: answer.status === 200 ? lineOf(answer) : undefined,
      lastModified: answer.headers.get("last-modified"),
    };
  };
  return { by, read, root };
}

describe.each(testEngines)("days of grace on %s", (engine) => {
  test("a token goes on after its end, says so on every run, and ends for good to the second", async () => {
    await using server = await startTestServer(engine);
    const { by, read, root } = await setUp(server);
    const sold = { allowed_package_prefixes: ["acme/"], expires_at: NOW + 10, grace_days: 14 };
    const { id, token } = await sellToken(server, by, sold);
    const before = await root(token);
    expect(before).toEqual({ status: 200, warning: undefined, lastModified: expect.any(String) as string });
    expect(await read(id)).toMatchObject({ status: "active", in_grace: false, grace_until: NOW + 10 + 14 * DAY });
    server.clock.setSeconds(NOW + 10);
    const line = `Your token (…${token.slice(-4)}) ended on 2027-01-15 and goes on until 2027-01-29: renew with the vendor before then.`;
    // Also for who holds the document from before; a line on a cacheable answer would be read once.
    for (const headers of [{}, { "if-modified-since": before.lastModified ?? "" }]) {
      expect(await root(token, headers)).toEqual({ status: 200, warning: line, lastModified: null });
    }
    expect((await server.composer("/p2/acme/core.json", token)).text).not.toContain("ended on");
    expect(await read(id)).toMatchObject({ status: "active", in_grace: true, expires_at: NOW + 10 });
    expect(await listedIds(server, by, "?status=active")).toEqual([id]);
    expect(await listedIds(server, by, "?status=active&sort=expires_at")).toEqual([id]);
    expect(await listedIds(server, by, "?status=expired")).toEqual([]);
    expect((await server.api("GET", "/api/overview", by)).json()).toMatchObject({ tokens: { active: 1, expired: 0 } });
    expect((await server.api("GET", "/api/packages/acme/core/access", by)).json()).toMatchObject({ tokens: 1 });
    const explained = await server.api("GET", `/api/access/explain?token_id=${id}&package=acme/core`, by);
    expect(explained.json()).toMatchObject({
      ...{ allowed: true, token: { status: "active", grace_until: NOW + 10 + 14 * DAY } },
      detail: expect.stringContaining("days of grace go on until 2027-01-29") as string,
    });
    server.clock.setSeconds(NOW + 10 + 14 * DAY);
    expect(await root(token)).toMatchObject({ status: 401, warning: undefined });
    expect(await read(id)).toMatchObject({ status: "expired", in_grace: false });
    expect(await listedIds(server, by, "?status=expired")).toEqual([id]);
    expect((await server.api("GET", "/api/overview", by)).json()).toMatchObject({ tokens: { active: 0, expired: 1 } });
    // Renewed: from now on as if nothing had been.
    await server.api("POST", `/api/tokens/${id}/renew`, by, { by: "P1Y", renewal_id: "r" });
    expect(await root(token)).toMatchObject({ status: 200, warning: undefined, lastModified: before.lastModified });
  });

  test("a revocation ends it at once, and so does taking the days away", async () => {
    await using server = await startTestServer(engine);
    const { by, read, root } = await setUp(server);
    const sold = { allowed_package_prefixes: ["acme/"], expires_at: NOW - DAY, grace_days: 14 };
    const [revoked, narrowed] = [await sellToken(server, by, sold), await sellToken(server, by, sold)];
    expect([(await root(revoked.token)).status, (await root(narrowed.token)).status]).toEqual([200, 200]);
    await server.api("DELETE", `/api/tokens/${revoked.id}`, by);
    expect(await read(revoked.id)).toMatchObject({ status: "revoked", in_grace: false });
    await server.api("PATCH", `/api/tokens/${narrowed.id}`, by, { grace_days: 0 });
    expect(await read(narrowed.id)).toMatchObject({ status: "expired", grace_until: null, in_grace: false });
    expect([(await root(revoked.token)).status, (await root(narrowed.token)).status]).toEqual([401, 401]);
  });

  test("a grant goes on after its end, and only what nothing else opens is told of", async () => {
    await using server = await startTestServer(engine);
    const { by, root } = await setUp(server);
    const metadata = { customer_id: 42 };
    const { id, token } = await sellToken(server, by, { access: "customer", metadata });
    await grantShop(server, by).put("1", { package: "acme/core", expires_at: NOW + 10 });
    await grantShop(server, by).put("2", { package: "acme/theme", expires_at: NOW + 20 });
    const { db, changes } = server.core.database;
    await db.updateTable("grants").set({ grace_days: 7 }).where("customer", "is not", null).execute();
    changes.emit(`token:${id}`);
    const warning = async () => (await root(token)).warning;
    const shown = async () =>
      (await Promise.all(["core", "theme"].map((name) => server.composer(`/p2/acme/${name}.json`, token)))).map(
        ({ text }) => text.includes("1.0.0"),
      );
    expect(await warning()).toBeUndefined();
    server.clock.setSeconds(NOW + 10);
    expect(await warning()).toContain("Your access to acme/core ended on 2027-01-15 and goes on until 2027-01-22");
    server.clock.setSeconds(NOW + 20);
    expect(await warning()).toContain("Your access to acme/core and 1 more ended");
    expect(await shown()).toEqual([true, true]);
    const reading = (await server.api("GET", "/api/tokens?package=acme/core", by)).json();
    expect(reading).toMatchObject([{ id }]);
    // The token has it by another purchase: nothing to be told of it any more.
    await server.api("PATCH", `/api/tokens/${id}`, by, { allowed_package_prefixes: ["acme/core"] });
    expect(await warning()).toContain("Your access to acme/theme ended");
    server.clock.setSeconds(NOW + 20 + 7 * DAY);
    expect(await warning()).toBeUndefined();
    expect(await shown()).toEqual([true, false]);
  });

  test("the management token says how long where a sale does not", async () => {
    await using server = await startTestServer(engine);
    const { by } = await setUp(server);
    const shop = await server.createManagementToken({ graceDays: 14, scopes: [...SCOPES] });
    const graceOf = async (body: object) => {
      const { id } = await sellToken(server, shop, { expires_at: NOW + DAY, ...body });
      return ((await server.api("GET", `/api/tokens/${id}`, by)).json() as { grace_days: number }).grace_days;
    };
    expect([await graceOf({}), await graceOf({ grace_days: null }), await graceOf({ grace_days: 3 })]).toEqual([
      14, 14, 3,
    ]);
    expect(await graceOf({ grace_days: 0 })).toBe(0);
    const [mine] = (await server.api("GET", "/api/management-tokens?limit=1", shop)).json() as { id: string }[];
    const patched = await server.api("PATCH", `/api/management-tokens/${mine?.id ?? ""}`, by, { grace_days: null });
    expect(patched.json()).toMatchObject({ grace_days: null });
    for (const grace_days of [-1, 367, 1.5, "14"]) {
      const answer = await server.api("POST", "/api/tokens", by, { description: "x", grace_days });
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: "/grace_days" }] });
    }
  });
});
