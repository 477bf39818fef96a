import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGrantPattern, patternCovers } from "../../composer/index.ts";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };
const PACKAGES = ["acme/core", "acme/checkout", "acme/checkout-pro", "globex/tool"];

/** What the token can read: `name version` as p2 shows it. */
async function shown(server: TestServer, token: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of PACKAGES) {
    const answer = await server.composer(`/p2/${name}.json`, token);
    if (answer.status === 404) continue;
    const { packages } = answer.json() as { packages: Record<string, { version: string }[]> };
    found.push(...(packages[name] ?? []).map(({ version }) => `${name} ${version}`));
  }
  return found.sort();
}

async function setUp(server: TestServer) {
  for (const name of PACKAGES) {
    await hostPackage(server.core.database, name, [
      { version: "1.0.0", releasedAt: NOW - 10 },
      { version: "2.0.0", releasedAt: NOW + 10 },
    ]);
  }
  const by = await server.createManagementToken(ALL);
  const project = (prefixes: string[], more: Record<string, unknown> = {}) =>
    sellToken(server, by, {
      ...{ access: "project", allowed_package_prefixes: prefixes, metadata: { customer_id: "42" }, ...more },
    });
  return { by, shop: grantShop(server, by), project };
}

async function explain(server: TestServer, by: string, id: string, name: string) {
  const path = `/api/access/explain?token_id=${id}&package=${name}&version=1.0.0`;
  return (await server.api("GET", path, by)).json() as { allowed: boolean; reason: string; detail: string };
}

async function readersOf(server: TestServer, by: string, name: string): Promise<string[]> {
  const answer = await server.api("GET", `/api/packages/${name}/access`, by);
  const { access, tokens } = answer.json() as { access: { token_id: string }[]; tokens: number };
  expect(tokens, name).toBe(access.length);
  return access.map(({ token_id }) => token_id);
}

describe.each(testEngines)("project tokens on %s", (engine) => {
  test("read of what their customer has the part they are for, under its dates and rules, and nothing of their own", async () => {
    await using server = await startTestServer(engine);
    const { by, shop, project } = await setUp(server);
    const checkout = await project(["acme/checkout"]);
    const all = await project(["acme/", "globex/"]);
    expect(await shown(server, checkout.token)).toEqual([]);
    await shop.put("1", { package: "acme/", expires_at: NOW + 100, constraint: "^1.0" });
    expect(await shown(server, checkout.token)).toEqual(["acme/checkout 1.0.0"]);
    expect(await shown(server, all.token)).toEqual([
      ...["acme/checkout 1.0.0", "acme/checkout-pro 1.0.0", "acme/core 1.0.0"],
    ]);
    const list = (await server.composer("/packages.json", checkout.token)).json();
    expect(list).toMatchObject({ "available-packages": ["acme/checkout"] });
    server.clock.setSeconds(NOW + 100);
    expect(await shown(server, checkout.token)).toEqual([]);
    const lapsed = (await server.composer("/p2/acme/checkout.json", checkout.token)).json();
    expect(lapsed).toMatchObject({ warning: expect.stringContaining("your access ended on") as unknown });
    // A renewal of the customer's grant renews them, and a cancellation ends them.
    await shop.put("1", { package: "acme/", expires_at: NOW + 900 });
    expect(await shown(server, checkout.token)).toEqual(["acme/checkout 1.0.0", "acme/checkout 2.0.0"]);
    await shop.cancel("1");
    expect(await shown(server, all.token)).toEqual([]);
    // Nothing takes what they are narrowed to for a grant.
    const held = (await server.api("GET", "/api/customers/42/grants", by)).json() as { token: string | null }[];
    expect(held.map((grant) => grant.token)).toEqual([null]);
  });

  // The rule, as one would say it: what a grant of the customer and a prefix of the token both cover.
  test("read exactly what a grant and a prefix both cover, whichever is the narrower, and every list agrees", async () => {
    await using server = await startTestServer(engine);
    const { by, project } = await setUp(server);
    const patterns = [
      "acme/",
      "acme/check*",
      "acme/checkout",
      "acme/checkout-*",
      "acme/core",
      "globex/",
      "globex/tool",
    ];
    const some = fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 3 });
    const covers = (texts: string[], name: string) =>
      texts.some((text) => {
        const parsed = parseGrantPattern(text);
        return parsed.ok && patternCovers(parsed.value, name);
      });
    let customers = 100;
    await fc.assert(
      fc.asyncProperty(some, some, async (granted, narrowed) => {
        const customer_id = String(customers++);
        await grantShop(server, by, customer_id).put("1", { packages: granted });
        const { id, token } = await project(narrowed, { metadata: { customer_id } });
        for (const name of PACKAGES) {
          const isOpen = covers(granted, name) && covers(narrowed, name);
          const label = `${name} of ${granted.join()} within ${narrowed.join()}`;
          const p2 = (await server.composer(`/p2/${name}.json`, token)).text;
          expect(p2.includes('"1.0.0"'), label).toBe(isOpen);
          expect((await explain(server, by, id, name)).allowed, label).toBe(isOpen);
          expect((await readersOf(server, by, name)).includes(id), label).toBe(isOpen);
          expect((await listedIds(server, by, `?package=${name}&limit=1000`)).includes(id), label).toBe(isOpen);
          expect((await listedIds(server, by, `?q=${name}&limit=1000`)).includes(id), label).toBe(isOpen);
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  test("have a limit and an end of their own, and one that is revoked leaves the others", async () => {
    await using server = await startTestServer(engine);
    const { by, shop, project } = await setUp(server);
    await shop.put("1", { package: "acme/" });
    const short = await project(["acme/core"], {
      expires_at: NOW + 10,
      rate_limit_max: 2,
      description: "CI of project 1",
    });
    const long = await project(["acme/core"], { description: "project 2" });
    const whole = await sellToken(server, by, { access: "customer", metadata: { customer_id: 42 } });
    const status = async ({ token }: { token: string }) => (await server.composer("/packages.json", token)).status;
    expect([await status(short), await status(short), await status(short)]).toEqual([200, 200, 429]);
    server.clock.setSeconds(NOW + 10);
    expect([await status(short), await status(long), await status(whole)]).toEqual([401, 200, 200]);
    await server.api("DELETE", `/api/tokens/${long.id}`, by);
    expect([await status(long), await status(whole)]).toEqual([401, 200]);
    const listed = (await server.api("GET", "/api/tokens?customer_id=42&status=all", by)).json();
    expect(listed).toContainEqual(
      expect.objectContaining({
        description: "CI of project 1",
        access: "project",
        allowed_package_prefixes: ["acme/core"],
      }),
    );
    // Revoking the customer ends what is left.
    await server.api("POST", "/api/customers/42/revoke", by, {});
    expect(await status(whole)).toBe(401);
  });

  test("rotate with an overlap in which the old secret reads the same, and its last use is shown", async () => {
    await using server = await startTestServer(engine);
    const { by, shop, project } = await setUp(server);
    await shop.put("1", { package: "acme/" });
    const { id, token } = await project(["acme/core"]);
    const rotated = (await server.api("POST", `/api/tokens/${id}/rotate`, by, { overlap_seconds: 60 })).json();
    expect(rotated).toMatchObject({ access: "project", allowed_package_prefixes: ["acme/core"] });
    server.clock.setSeconds(NOW + 30);
    expect(await shown(server, token)).toEqual(["acme/core 1.0.0", "acme/core 2.0.0"]);
    const read = (await server.api("GET", `/api/tokens/${id}`, by)).json();
    expect(read).toMatchObject({ previous_secret: { last_four: token.slice(-4), last_used_at: NOW + 30 } });
  });

  test("need a customer and prefixes, when made and when changed, and warn when nothing lies within them", async () => {
    await using server = await startTestServer(engine);
    const { by, shop, project } = await setUp(server);
    const body = {
      description: "x",
      access: "project",
      allowed_package_prefixes: ["acme/"],
      metadata: { customer_id: 42 },
    };
    const make = async (more: Record<string, unknown>) =>
      (await server.api("POST", "/api/tokens", by, { ...body, ...more })).json();
    for (const [more, pointer] of [
      [{ allowed_package_prefixes: undefined }, "/allowed_package_prefixes"],
      [{ allowed_package_prefixes: null }, "/allowed_package_prefixes"],
      [{ allowed_package_prefixes: [] }, "/allowed_package_prefixes"],
      [{ metadata: { customer_id: 0 } }, "/access"],
      [{ metadata: null }, "/access"],
    ] as const) {
      expect(await make(more), JSON.stringify(more)).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    expect(await make({})).toMatchObject({ warnings: [expect.stringContaining("reads nothing yet")] });
    await shop.put("1", { package: "acme/core" });
    expect(await make({})).not.toHaveProperty("warnings");
    const { id, token } = await project(["acme/checkout"]);
    const change = async (change: unknown) => (await server.api("PATCH", `/api/tokens/${id}`, by, change)).json();
    expect(await change({ allowed_package_prefixes: null })).toMatchObject({ status: 400 });
    expect(await change({ metadata: {} })).toMatchObject({ errors: [{ pointer: "/metadata/customer_id" }] });
    expect(await change({ access: "customer" })).toMatchObject({ errors: [{ pointer: "/access" }] });
    expect(await change({ allowed_package_prefixes: ["acme/core", "acme/check*"] })).toMatchObject({
      allowed_package_prefixes: ["acme/core", "acme/check*"],
    });
    expect(await shown(server, token)).toEqual(["acme/core 1.0.0", "acme/core 2.0.0"]);
    const { reason, detail } = await explain(server, by, id, "globex/tool");
    expect([reason, detail]).toEqual(["outside_project", expect.stringContaining("acme/core, acme/check*")]);
  });

  // A bounded management token hands out a part of what others sold, never more than it may grant.
  test("lie within their maker's bound, and outside of it they do not exist", async () => {
    await using server = await startTestServer(engine);
    const { shop, project } = await setUp(server);
    await shop.put("1", { packages: ["acme/", "globex/"] });
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const body = { description: "x", access: "project", metadata: { customer_id: 42 } };
    const wide = await server.api("POST", "/api/tokens", bounded, {
      ...body,
      allowed_package_prefixes: ["globex/tool"],
    });
    expect(wide.json()).toMatchObject({ status: 403, code: "auth.outside_bound" });
    const { id, token } = await sellToken(server, bounded, { ...body, allowed_package_prefixes: ["acme/core"] });
    expect(await shown(server, token)).toEqual(["acme/core 1.0.0", "acme/core 2.0.0"]);
    expect(
      (await server.api("PATCH", `/api/tokens/${id}`, bounded, { allowed_package_prefixes: ["globex/"] })).status,
    ).toBe(403);
    const foreign = await project(["acme/core", "globex/tool"]);
    expect((await server.api("GET", `/api/tokens/${foreign.id}`, bounded)).status).toBe(404);
    expect(await listedIds(server, bounded)).toEqual([id]);
  });

  // A grant of one of its packages and a prefix for another one are nothing that vanishes with a source of both.
  test("count among those whom a source serves only where they read something of it", async () => {
    await using server = await startTestServer(engine);
    const { by, shop, project } = await setUp(server);
    const { db } = server.core.database;
    const { source } = await db.selectFrom("versions").select("source").executeTakeFirstOrThrow();
    await db.updateTable("versions").set({ source }).execute();
    await db.updateTable("packages").set({ source }).execute();
    await shop.put("1", { package: "acme/core" });
    const counted = async () =>
      ((await server.api("GET", `/api/sources/${source}/removal`, by)).json() as { tokens: number }).tokens;
    await project(["acme/checkout"]);
    expect(await counted()).toBe(0);
    await project(["acme/checkout", "acme/co*"]);
    expect(await counted()).toBe(1);
  });

  test("are no sale: the setting for one token per order leaves them alone", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ ...ALL, uniqueBy: "order" });
    const metadata = { customer_id: 42, order_id: "o1" };
    const sold = await sellToken(server, shop, { access: "customer", metadata });
    const project = { access: "project", allowed_package_prefixes: ["acme/"], metadata };
    const ids = [(await sellToken(server, shop, project)).id, (await sellToken(server, shop, project)).id];
    expect(new Set([sold.id, ...ids]).size).toBe(3);
  });
});
