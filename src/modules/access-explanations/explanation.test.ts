import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expand } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;
const ALL = { scopes: [...SCOPES] };

interface Explanation {
  allowed: boolean;
  reason: string;
  detail: string;
  token: { status: string } | null;
  grants: { id: string; pattern: string; applies: boolean; why_not: string | null }[];
  version: { found: boolean; withdrawn: boolean; released_at: number | null; stability: string | null };
  source: { state: string } | null;
  rate_limit: { remaining: number } | null;
  dependencies: { package: string; allowed: boolean }[];
}

async function explain(server: TestServer, by: string, query: Record<string, string>): Promise<Explanation> {
  const answer = await server.api("GET", `/api/access/explain?${new URLSearchParams(query).toString()}`, by);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Explanation;
}

describe.each(testEngines)("GET /api/access/explain of a branch on %s", (engine) => {
  // The buyer asks for dev-main; the vendor must learn whether it is the sale or the source that leaves it out.
  test("says which of them is in the way", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    await hostPackage(database, "acme/core", ["1.0.0", "dev-main", { version: "dev-feature/x", isWithdrawn: true }]);
    const by = await server.createManagementToken(ALL);
    const sold = await sellToken(server, by, { allowed_package_prefixes: ["acme/core"], stability: "stable" });
    const detail = async (version: string) =>
      (await explain(server, by, { token_id: sold.id, package: "acme/core", version })).detail;
    expect(await detail("dev-main")).toContain("its stability is dev, and only stable versions are covered.");
    expect(await detail("dev-feature/x")).toContain("is gone from its repository");
    expect(await detail("dev-other")).toContain("whether its tag or branch was skipped");
    await database.db.updateTable("sources").set({ branches: '"default"' }).execute();
    const taken = "the default branch and branches named by a number";
    expect(await detail("dev-feature/x")).toContain(`or the source leaves it out, which takes ${taken}.`);
    expect(await detail("dev-other")).toContain(`is one that the source takes, which is ${taken}.`);
    expect(await detail("3.0.0")).toContain("whether its tag or branch was skipped");
  });
});

/** A package with a version of each kind, one that requires it, and a failing source behind another one. */
async function setUp(server: TestServer) {
  const { database } = server.core;
  await hostPackage(database, "acme/core", [
    {
      version: "1.0.0",
      releasedAt: NOW - 10 * DAY,
      extra: { require: { "acme/base": "*", "acme/more": "*", php: ">=8" } },
    },
    { version: "2.0.0-beta1", releasedAt: NOW - 5 * DAY },
    { version: "2.0.0", releasedAt: NOW - DAY },
    { version: "0.9.0", releasedAt: NOW - 20 * DAY, isWithdrawn: true },
  ]);
  await hostPackage(database, "acme/base", ["1.0.0"]);
  await hostPackage(database, "acme/more", ["1.0.0"]);
  await hostPackage(database, "acme/broken", ["1.0.0"]);
  await database.db.updateTable("sources").set({ state: "failing" }).where("name", "=", "acme/broken").execute();
  const by = await server.createManagementToken(ALL);
  return { by, shop: grantShop(server, by) };
}

describe.each(testEngines)("GET /api/access/explain on %s", (engine) => {
  test("says for each thing that can be in the way which one it is, and what to do", async () => {
    await using server = await startTestServer(engine);
    const { by, shop } = await setUp(server);
    const metadata = { customer_id: 42 };
    const { id } = await sellToken(server, by, {
      access: "customer",
      metadata,
      rate_limit_max: 1,
      expires_at: NOW + 500,
    });
    const ask = (version = "1.0.0", name = "acme/core") =>
      explain(server, by, { token_id: id, package: name, version });
    const notLimited = {
      version_constraint: null,
      stability: null,
      updates_until: null,
      expires_at: null,
      grace_until: null,
    };
    const because = async (version?: string, name?: string) => (await ask(version, name)).reason;
    expect(await because()).toBe("not_covered");
    await shop.put("1", { package: "acme/core", starts_at: NOW + 5 });
    expect(await because()).toBe("not_started");
    server.clock.advanceSeconds(5);
    expect(await ask("v1.0")).toEqual({
      ...{
        allowed: true,
        reason: "allowed",
        detail: expect.stringContaining("acme/core v1.0 can be installed") as string,
      },
      token: {
        id,
        status: "active",
        expires_at: NOW + 500,
        grace_until: null,
        suspended_by: [],
        access: "customer",
        narrowed_to: null,
      },
      grants: [
        {
          ...{ id: expect.stringMatching(/^grant_/) as string, pattern: "acme/core", order_id: "order", line: "1" },
          ...{
            token: null,
            dependency: false,
            ...notLimited,
            starts_at: NOW + 5,
            revoked_at: null,
            suspended_at: null,
          },
          ...{ applies: true, why_not: null },
        },
      ],
      version: {
        ...{ version: "1.0.0", found: true, withdrawn: false },
        ...{ released_at: NOW - 10 * DAY, stability: "stable" },
      },
      newest_covered: "2.0.0",
      source: { id: expect.stringMatching(/^src_/) as string, name: "acme/core", state: "active", synced_at: 1 },
      rate_limit: { limit: 1, remaining: 1 },
      missing_dependencies: [],
      dependencies: [
        { package: "acme/base", allowed: false },
        { package: "acme/more", allowed: false },
      ],
    });
    expect(await because("3.0.0")).toBe("version_unknown");
    expect(await ask("0.9.0")).toMatchObject({
      reason: "version_withdrawn",
      version: { found: false, withdrawn: true },
    });
    expect(await because("1.0.0", "acme/unheard-of")).toBe("package_unknown");
    await shop.put("2", { packages: ["acme/base", "acme/broken"] });
    expect((await ask()).dependencies).toContainEqual({ package: "acme/base", allowed: true });
    expect(await because("9.0.0", "acme/broken")).toBe("source_failing");
    expect(await ask("1.0.0", "acme/broken")).toMatchObject({ allowed: true, source: { state: "failing" } });
    server.clock.advanceSeconds(1);
    await shop.put("1", { package: "acme/core", constraint: "^2", stability: "stable" });
    expect(await because()).toBe("constraint_excludes");
    server.clock.advanceSeconds(1);
    await shop.put("1", { package: "acme/core", stability: "stable" });
    expect(await ask("2.0.0-beta1")).toMatchObject({
      reason: "stability_excludes",
      detail:
        "acme/core 2.0.0-beta1 is less stable than what the grant covers: its stability is beta, and only stable versions are covered. The stability beta at the token, or at the line of its order, opens it. The newest version that is covered is acme/core 2.0.0.",
    });
    server.clock.advanceSeconds(1);
    await shop.put("1", { package: "acme/core", updates_until: NOW - 2 * DAY });
    expect(await ask("2.0.0")).toMatchObject({ reason: "released_after_updates_until", grants: [{}, {}, {}] });
    expect((await ask("2.0.0")).detail).toContain("2027-01-13");
    server.clock.advanceSeconds(1);
    await shop.put("1", { package: "acme/core", expires_at: NOW + 20 });
    server.clock.advanceSeconds(20);
    expect(await because()).toBe("lapsed");
    await shop.cancel("1");
    expect(await because()).toBe("revoked");
    server.clock.advanceSeconds(1);
    await shop.put("1", { package: "acme/core" });
    expect(await because()).toBe("allowed");
    const secret = await sellToken(server, by, { access: "customer", metadata, rate_limit_max: 1 });
    await server.composer("/packages.json", secret.token);
    expect(await explain(server, by, { token_id: secret.id, package: "acme/core", version: "1.0.0" })).toMatchObject({
      ...{ allowed: false, reason: "rate_limited", rate_limit: { remaining: 0 } },
    });
    expect(await explain(server, by, { customer_id: "42", package: "acme/core", version: "1.0.0" })).toMatchObject({
      ...{ allowed: true, token: null, rate_limit: null },
    });
    server.clock.advanceSeconds(500);
    expect(await because()).toBe("token_expired");
    await server.api("DELETE", `/api/tokens/${id}`, by);
    expect(await because()).toBe("token_revoked");
  });

  test("tells nobody of what lies outside their shop or bound, and refuses what is no question", async () => {
    await using server = await startTestServer(engine);
    const { by, shop } = await setUp(server);
    await shop.put("1", { package: "acme/core" });
    const { id } = await sellToken(server, by, { allowed_package_prefixes: ["acme/core"] });
    const at = (query: string) => `/api/access/explain?${query}&package=acme/core&version=1.0.0`;
    const foreign = await server.createManagementToken({ ...ALL, shop: "other" });
    const globex = await server.createManagementToken({ ...ALL, prefixes: ["globex/"] });
    for (const caller of [foreign, globex]) {
      for (const query of [`token_id=${id}`, "customer_id=42"]) {
        expect((await server.api("GET", at(query), caller)).status).toBe(404);
      }
    }
    const core = await server.createManagementToken({ ...ALL, prefixes: ["acme/core"] });
    const outside = await explain(server, core, { token_id: id, package: "acme/broken", version: "1.0.0" });
    expect(outside).toMatchObject({ reason: "package_unknown", source: null, version: { found: false } });
    expect(
      (await explain(server, core, { token_id: id, package: "acme/core", version: "1.0.0" })).dependencies,
    ).toEqual([]);
    for (const [query, pointer] of [
      ["package=acme/core&version=1.0.0", "?token_id"],
      [`token_id=${id}&customer_id=42&package=acme/core&version=1.0.0`, "?customer_id"],
      [`token_id=${id}&version=1.0.0`, "?package"],
      [`token_id=${id}&package=acme&version=1.0.0`, "?package"],
      [`token_id=${id}&package=acme/core&version=%5E1.0`, "?version"],
    ]) {
      const answer = await server.api("GET", `/api/access/explain?${query ?? ""}`, by);
      expect(answer.json(), query).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
  });

  test("asked of no version in particular it answers for the newest, and names the newest that is covered", async () => {
    await using server = await startTestServer(engine);
    const { by, shop } = await setUp(server);
    await hostPackage(server.core.database, "acme/unreleased", ["3.0.0-beta2", "3.0.0-beta1", "dev-main"]);
    await hostPackage(server.core.database, "acme/gone", [{ version: "1.0.0", isWithdrawn: true }]);
    const ask = (name: string) => explain(server, by, { customer_id: "42", package: name });
    await shop.put("1", { packages: ["acme/core", "acme/gone", "acme/unreleased"], updates_until: NOW - 4 * DAY });
    const older = await ask("acme/core");
    expect(older).toMatchObject({
      ...{ allowed: false, reason: "released_after_updates_until", newest_covered: "1.0.0" },
      version: { version: "2.0.0", found: true },
      grants: [{ updates_until: NOW - 4 * DAY }, {}, {}],
    });
    expect(older.detail).toContain("The newest version that is covered is acme/core 1.0.0.");
    expect(await ask("acme/gone")).toMatchObject({
      ...{ allowed: false, reason: "version_unknown", newest_covered: null, version: { version: null, found: false } },
      detail: expect.stringContaining("no version of it is offered") as string,
    });
    server.clock.advanceSeconds(1);
    await shop.put("1", { packages: ["acme/core", "acme/unreleased"] });
    expect(await ask("acme/core")).toMatchObject({ allowed: true, newest_covered: "2.0.0" });
    // No stable version: the newest there is.
    expect(await ask("acme/unreleased")).toMatchObject({ allowed: true, version: { version: "3.0.0-beta2" } });
    expect(await ask("acme/unheard-of")).toMatchObject({ reason: "package_unknown", version: { version: null } });
  });

  const near = fc.option(fc.integer({ min: NOW - 6 * DAY, max: NOW + 6 * DAY }), { nil: null });
  const rules = fc.array(
    fc.record({
      package_pattern: fc.constantFrom("*", "acme/", "acme/co*", "acme/core", "acme/base", "globex/"),
      version_constraint: fc.constantFrom(null, null, "^1.0", ">=2.0", "dev-main", "^^unreadable"),
      stability: fc.constantFrom(null, "stable", "beta", "dev"),
      ...{ updates_until: near, starts_at: near, expires_at: near, revoked_at: near },
      ofCustomer: fc.boolean(),
    }),
    { maxLength: 4 },
  );

  // One rule in one place: an explanation that composer contradicts is worse than none.
  test("allows exactly the versions that composer is shown, and whose archive it gets", async () => {
    await using server = await startTestServer(engine);
    const { by } = await setUp(server);
    const { db } = server.core.database;
    const { token, id } = await sellToken(server, by, { access: "customer", metadata: { customer_id: 42 } });
    const { customer } = await db
      .selectFrom("tokens")
      .select("customer")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    let made = 0;
    await fc.assert(
      fc.asyncProperty(rules, async (rows) => {
        await db.deleteFrom("grants").execute();
        for (const { ofCustomer, ...row } of rows) {
          const holder = ofCustomer ? { token: null, customer } : { token: id, customer: null };
          const rest = { order_id: null, line: null, occurred_at: null, created_at: NOW, updated_at: NOW };
          await db
            .insertInto("grants")
            .values({ id: `grant_${made++}`, ...holder, ...row, ...rest })
            .execute();
        }
        server.core.database.changes.emit(`token:${id}`);
        const answer = await server.composer("/p2/acme/core.json", token);
        const entries = answer.status === 404 ? [] : ((answer.json() as P2).packages["acme/core"] ?? []);
        const shown = expand(entries).map((entry) => entry["version"] as string);
        for (const version of ["1.0.0", "2.0.0-beta1", "2.0.0", "0.9.0", "7.0.0"]) {
          const told = await explain(server, by, { token_id: id, package: "acme/core", version });
          expect(told.allowed, JSON.stringify([version, told.reason, rows])).toBe(shown.includes(version));
          expect(told.allowed).toBe(told.version.found && told.grants.some(({ applies }) => applies));
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

interface P2 {
  packages: Record<string, JsonObject[]>;
}
