import { describe, expect, test } from "vitest";
import { expand } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;
const ALL = { scopes: [...SCOPES] };
const ORDER = "/api/customers/42/grants/default/order";

async function shown(server: TestServer, token: string, name = "acme/core"): Promise<string[]> {
  const answer = await server.composer(`/p2/${name}.json`, token);
  if (answer.status === 404) return [];
  const { packages } = answer.json() as { packages: Record<string, JsonObject[]> };
  return expand(packages[name] ?? []).map((entry) => entry["version"] as string);
}

/** A shop, a package of three versions, and a token that reads what customer 42 is granted. */
async function setUp(server: TestServer) {
  await hostPackage(server.core.database, "acme/core", [
    { version: "1.0.0", releasedAt: NOW - 3 * DAY },
    { version: "1.1.0", releasedAt: NOW - DAY },
    { version: "2.0.0-beta1", releasedAt: NOW - 10 },
  ]);
  const by = await server.createManagementToken(ALL);
  const { token, id } = await sellToken(server, by, { access: "customer", metadata: { customer_id: 42 } });
  return { by, token, id, shop: grantShop(server, by) };
}

describe.each(testEngines)("grants of an order on %s", (engine) => {
  test("are made with their customer, seen by its token with the next request, replaced and unchanged when repeated", async () => {
    await using server = await startTestServer(engine);
    const { by, token, shop } = await setUp(server);
    expect(await shown(server, token)).toEqual([]);
    const body = { package: "Acme/Core", occurred_at: NOW - 5, email: "ann@example.com" };
    expect(await shop.put("1", body, 201)).toEqual({
      ...{ customer_id: "42", shop: "default", order_id: "order", line: "1", status: "active" },
      ...{ packages: ["acme/core"], constraint: null, stability: null, updates_until: null, starts_at: null },
      ...{ expires_at: null, with_dependencies: false, dependencies: [], occurred_at: NOW - 5, cancelled_at: null },
      ...{ grace_days: 0, grace_until: null, in_grace: false, suspended_at: null },
      ...{ applied: true, reason: null, warnings: [] },
    });
    expect(await shown(server, token)).toEqual(["2.0.0-beta1", "1.1.0", "1.0.0"]);
    const customer = (await server.api("GET", "/api/customers/42", by)).json();
    expect(customer).toMatchObject({ email: "ann@example.com" });
    const records = async () =>
      ((await server.api("GET", "/api/customers/42/history", by)).json() as { action: string }[]).filter(({ action }) =>
        action.startsWith("grant."),
      );
    expect(await records()).toMatchObject([
      { action: "grant.set", details: { before: { grant: null }, after: { grant: { packages: ["acme/core"] } } } },
    ]);
    expect(await shop.put("1", body, 200)).toMatchObject({ applied: true, status: "active" });
    expect(await records()).toHaveLength(1);
    await shop.put("1", { package: "acme/core", stability: "stable", occurred_at: NOW - 4 }, 200);
    expect(await shown(server, token)).toEqual(["1.1.0", "1.0.0"]);
    await shop.put("1", { packages: ["acme/core"], constraint: "~1.0.0", occurred_at: NOW - 3 }, 200);
    expect(await shown(server, token)).toEqual(["1.0.0"]);
    await shop.put("1", { package: "acme/core", updates_until: NOW - DAY, occurred_at: NOW - 2 }, 200);
    expect(await shown(server, token)).toEqual(["1.1.0", "1.0.0"]);
    expect(await shop.cancel("1")).toMatchObject({ status: "revoked", applied: true, cancelled_at: NOW });
    expect(await shown(server, token)).toEqual([]);
    expect(await shop.get("1")).toMatchObject({ status: "revoked", packages: ["acme/core"] });
    const lapsed = await server.composer("/p2/acme/core.json", token);
    expect((lapsed.json() as { warning: string }).warning).toContain("your access ended on");
  });

  test("are made for a customer nobody heard of, and listed with their line; a mere cancellation is not", async () => {
    await using server = await startTestServer(engine);
    const by = await server.createManagementToken(ALL);
    const shop = grantShop(server, by, "new one/2");
    await shop.put("a", { packages: ["globex/", "acme/tool"], expires_at: NOW + 5 }, 201);
    await shop.cancel("b");
    const listed = (await server.api("GET", "/api/customers/new%20one%2F2/grants", by)).json() as object[];
    expect(listed).toHaveLength(2);
    for (const grant of listed) {
      const line = {
        token: null,
        order_id: "order",
        line: "a",
        dependency: false,
        occurred_at: NOW,
        expires_at: NOW + 5,
      };
      expect(grant).toMatchObject({ ...line, status: "active" });
    }
    server.clock.advanceSeconds(5);
    expect(await shop.get("a")).toMatchObject({ status: "lapsed", packages: ["acme/tool", "globex/"] });
    expect(await shop.get("b")).toMatchObject({ status: "revoked", packages: [], occurred_at: null });
  });

  // Webhooks are repeated and overtake each other.
  test("follow what happened last, not what was told last", async () => {
    await using server = await startTestServer(engine);
    const { token, shop } = await setUp(server);
    expect(await shop.cancel("1", `?occurred_at=${NOW - 50}`)).toMatchObject({ applied: true, status: "revoked" });
    const late = await shop.put("1", { package: "acme/core", occurred_at: NOW - 60 }, 200);
    expect(late).toMatchObject({ applied: false, status: "revoked" });
    expect(late.reason).toBe(`It was cancelled at ${NOW - 50}, which is the same time or later.`);
    // At the same time the cancellation wins.
    expect(await shop.put("1", { package: "acme/core", occurred_at: NOW - 50 }, 200)).toMatchObject({ applied: false });
    expect(await shown(server, token)).toEqual([]);
    expect(await shop.put("1", { package: "acme/core", occurred_at: NOW - 40 }, 200)).toMatchObject({ applied: true });
    expect(await shop.cancel("1", `?occurred_at=${NOW - 50}`)).toMatchObject({ applied: false, status: "active" });
    const older = await shop.put("1", { package: "acme/other", occurred_at: NOW - 45 }, 200);
    expect(older).toMatchObject({ applied: false, packages: ["acme/core"], status: "active" });
    expect(older.reason).toBe(`Something newer is known of this line: what happened at ${NOW - 40}.`);
    expect(await shown(server, token)).toHaveLength(3);
    // Without a time: now, and within one second in the order in which it was told.
    for (const name of ["acme/core", "acme/other", "acme/core"]) {
      expect(await shop.cancel("1")).toMatchObject({ applied: true, cancelled_at: NOW });
      expect(await shown(server, token)).toEqual([]);
      expect(await shop.put("1", { package: name }, 200)).toMatchObject({ applied: true, packages: [name] });
    }
    expect(await shown(server, token)).toHaveLength(3);
    // A sale of this very second that comes late is told the truth.
    const other = await shop.put("1", { package: "acme/other", occurred_at: NOW }, 200);
    expect(other).toMatchObject({ applied: false, reason: expect.stringContaining("in the same second") as unknown });
  });

  test("of a whole order are cancelled together, those that come later but were sold before as well", async () => {
    await using server = await startTestServer(engine);
    const { token, shop } = await setUp(server);
    await hostPackage(server.core.database, "acme/more", ["1.0.0"]);
    await shop.put("1", { package: "acme/core", occurred_at: NOW - 10 });
    await shop.put("2", { package: "acme/more", occurred_at: NOW - 3 });
    const { lines } = await shop.cancelOrder(`?occurred_at=${NOW - 5}`);
    expect(lines.map(({ line, applied, status }) => [line, applied, status])).toEqual([
      ["1", true, "revoked"],
      ["2", false, "active"],
    ]);
    expect(await shown(server, token)).toEqual([]);
    expect(await shown(server, token, "acme/more")).toEqual(["1.0.0"]);
    expect(await shop.put("3", { package: "acme/core", occurred_at: NOW - 6 }, 200)).toMatchObject({ applied: false });
    expect(await shop.put("3", { package: "acme/core", occurred_at: NOW - 4 }, 200)).toMatchObject({ applied: true });
    expect((await shop.cancelOrder("?keep=released")).lines.map(({ status }) => status)).toEqual([
      ...["revoked", "released", "released"],
    ]);
  });

  test("remember of what a line granted before only the latest, however often its packages change", async () => {
    await using server = await startTestServer(engine);
    const { token, shop } = await setUp(server);
    const round = (number: number) => Array.from({ length: 400 }, (_, index) => `acme/p${number}-${index}`);
    for (const number of [1, 2, 3]) await shop.put("1", { packages: round(number), occurred_at: NOW - 9 + number });
    await shop.put("1", { packages: ["acme/core"], occurred_at: NOW - 1 }, 200);
    const { db } = server.core.database;
    const rows = await db.selectFrom("grants").select(["package_pattern", "revoked_at"]).execute();
    const ended = rows.filter((row) => row.revoked_at !== null).map((row) => row.package_pattern);
    expect(ended).toHaveLength(500);
    expect(ended).toEqual(expect.arrayContaining(round(3)));
    expect(await shown(server, token)).toHaveLength(3);
  });

  test("keep what was released by a cancellation with keep=released, for ever", async () => {
    await using server = await startTestServer(engine);
    const { token, shop } = await setUp(server);
    await shop.put("1", { package: "acme/core", occurred_at: NOW - 100, expires_at: NOW + 1_000 });
    const kept = await shop.cancel("1", `?keep=released&occurred_at=${NOW - 20}`);
    expect(kept).toMatchObject({
      status: "released",
      updates_until: NOW - 20,
      expires_at: null,
      cancelled_at: NOW - 20,
    });
    server.clock.advanceSeconds(2_000);
    expect(await shown(server, token)).toEqual(["1.1.0", "1.0.0"]);
    // Repeated later, and without a time, it frees nothing more.
    expect(await shop.cancel("1", "?keep=released")).toMatchObject({ updates_until: NOW - 20, applied: true });
    expect(
      await shop.put("1", { package: "acme/core", expires_at: NOW + 1_000, occurred_at: NOW - 101 }),
    ).toMatchObject({
      ...{ applied: false, status: "released" },
    });
    // Never more than there was: not past what had been bought, not past its end.
    await shop.put("2", { package: "acme/core", updates_until: NOW - 2 * DAY, occurred_at: NOW - 100 });
    expect(await shop.cancel("2", "?keep=released")).toMatchObject({ updates_until: NOW - 2 * DAY });
    await shop.put("3", { package: "acme/core", expires_at: NOW - 50, occurred_at: NOW - 100 });
    expect(await shop.cancel("3", "?keep=released")).toMatchObject({ updates_until: NOW - 50, status: "released" });
    expect(await shop.cancel("1")).toMatchObject({ status: "revoked", applied: true });
    expect(await shop.cancel("1", "?keep=released")).toMatchObject({ status: "revoked", applied: false });
  });

  test("end with the customer, also those that were sold before and come later", async () => {
    await using server = await startTestServer(engine);
    const { by, shop } = await setUp(server);
    await shop.put("1", { package: "acme/core", occurred_at: NOW - 10 }, 201);
    const revoked = await server.api("POST", "/api/customers/42/revoke", by);
    expect(revoked.json()).toMatchObject({ tokens_revoked: 1, grants_revoked: 1 });
    expect(await shop.get("1")).toMatchObject({ status: "revoked", cancelled_at: NOW });
    expect(await shop.put("1", { package: "acme/core", occurred_at: NOW - 5 })).toMatchObject({ applied: false });
    expect(await shop.put("2", { package: "acme/core", occurred_at: NOW - 5 })).toMatchObject({ applied: false });
    server.clock.advanceSeconds(1);
    expect(await shop.put("3", { package: "acme/core" }, 201)).toMatchObject({ applied: true });
    const { token } = await sellToken(server, by, { access: "customer", metadata: { customer_id: 42 } });
    expect(await shown(server, token)).toHaveLength(3);
  });

  test("warn of what is required, hosted and not granted, and include it when told to", async () => {
    await using server = await startTestServer(engine);
    const { by, token, shop } = await setUp(server);
    const { database } = server.core;
    const requiring = (name: string, version = "*") => ({ extra: { require: { [name]: version, php: ">=8" } } });
    await hostPackage(database, "acme/base", [{ version: "3.0.0", ...requiring("globex/lib") }]);
    await hostPackage(database, "globex/lib", ["1.0.0"]);
    await hostPackage(database, "acme/app", [
      { version: "1.0.0", ...requiring("acme/base") },
      { version: "2.0.0", ...requiring("elsewhere/thing") },
    ]);
    expect((await shop.put("1", { package: "acme/app", constraint: "^2" })).warnings).toEqual([]);
    const app = { package: "acme/app", constraint: "^1", expires_at: NOW + 100 };
    const warned = await shop.put("1", app);
    expect(warned.warnings).toEqual([
      'acme/app requires acme/base, which is not granted to this customer: grant it too, or send "with_dependencies": true.',
      'acme/base requires globex/lib, which is not granted to this customer: grant it too, or send "with_dependencies": true.',
    ]);
    expect(await shown(server, token, "acme/base")).toEqual([]);
    await shop.put("2", { package: "globex/lib" });
    expect((await shop.put("1", app)).warnings).toHaveLength(1);
    await shop.cancel("2");
    const included = await shop.put("1", { ...app, with_dependencies: true });
    expect(included).toMatchObject({ warnings: [], dependencies: ["acme/base", "globex/lib"], packages: ["acme/app"] });
    // The constraint is about what was sold.
    expect(await shown(server, token, "acme/base")).toEqual(["3.0.0"]);
    expect(await shown(server, token, "globex/lib")).toEqual(["1.0.0"]);
    const listed = (await server.api("GET", "/api/customers/42/grants", by)).json() as Record<string, unknown>[];
    const marks = listed.filter(({ status, line }) => status === "active" && line === "1");
    expect(marks.map((row) => [row["package_pattern"], row["dependency"]]).sort()).toEqual([
      ...[
        ["acme/app", false],
        ["acme/base", true],
        ["globex/lib", true],
      ],
    ]);
    server.clock.advanceSeconds(100);
    expect(await shown(server, token, "acme/base")).toEqual([]);
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const narrow = await grantShop(server, bounded, "43").put("1", { package: "acme/app", with_dependencies: true });
    expect(narrow.dependencies).toEqual(["acme/base"]);
    expect(narrow.warnings).toEqual([
      "acme/base requires a package that this management token may not grant: the customer needs it as well.",
    ]);
  });

  test("are refused outside of the caller's shop or bound, by name, and change nothing", async () => {
    await using server = await startTestServer(engine);
    const { by } = await setUp(server);
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const foreign = await server.createManagementToken({ ...ALL, shop: "other" });
    const session = await logIn(server, { role: "support" });
    const state = async () =>
      JSON.stringify(await server.core.database.db.selectFrom("grant_lines").selectAll().execute());
    await server.api("PUT", `${ORDER}/1`, by, { package: "globex/lib" });
    const before = await state();
    const outside = await server.api("PUT", `${ORDER}/2`, bounded, { packages: ["acme/core", "globex/lib"] });
    expect(outside.json()).toMatchObject({
      status: 403,
      code: "auth.outside_bound",
      errors: [{ pointer: "/packages" }],
    });
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? { package: "acme/core" } : undefined;
      for (const caller of [bounded, foreign]) {
        expect((await server.api(method, `${ORDER}/1`, caller, body)).status, method).toBe(404);
      }
      const unknownShop = await session.api(method, "/api/customers/42/grants/nowhere/order/1", body);
      expect(unknownShop.status, method).toBe(404);
    }
    expect((await server.api("DELETE", ORDER, bounded)).status).toBe(404);
    expect(await state()).toBe(before);
    const other = await server.api("PUT", "/api/customers/42/grants/other/order/1", foreign, { package: "acme/core" });
    expect(other.status).toBe(201);
    expect((await session.api("GET", "/api/customers/42/grants/other/order/1")).status).toBe(200);
    expect((await session.api("PUT", "/api/customers/42/grants/other/order/2", { package: "acme/core" })).status).toBe(
      201,
    );
    expect((await server.api("GET", `${ORDER}/unknown`, by)).status).toBe(404);
  });

  test.each([
    [{}, "/package"],
    [{ package: "acme/core", packages: ["acme/core"] }, "/package"],
    [{ packages: [] }, "/packages"],
    [{ packages: ["acme/core", "acme"] }, "/packages/1"],
    [{ package: "*" }, "/package"],
    [{ package: "acme/core", constraint: "^^1" }, "/constraint"],
    [{ package: "acme/core", stability: "golden" }, "/stability"],
    [{ package: "acme/core", expires_at: (NOW + 5) * 1000 }, "/expires_at"],
    [{ package: "acme/core", updates_until: "2030-01-01" }, "/updates_until"],
    [{ package: "acme/core", starts_at: NOW, expires_at: NOW }, "/expires_at"],
    [{ package: "acme/core", occurred_at: NOW + 301 }, "/occurred_at"],
    [{ package: "acme/core", email: "nobody" }, "/email"],
    [{ package: "acme/core", expires: NOW }, "/expires"],
  ])("refuse %j by name", async (body, pointer) => {
    await using server = await startTestServer(engine);
    const by = await server.createManagementToken(ALL);
    const answer = await server.api("PUT", `${ORDER}/1`, by, body);
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
    expect(await server.core.database.db.selectFrom("customers").selectAll().execute()).toEqual([]);
    const future = await server.api("DELETE", `${ORDER}/1?occurred_at=${NOW + 301}`, by);
    expect(future.json()).toMatchObject({ status: 400, errors: [{ pointer: "?occurred_at" }] });
  });

  // Two webhooks of one order at once, and a token that is being made meanwhile.
  test("come out the same when everything arrives at once", async () => {
    await using server = await startTestServer(engine);
    const { by, token } = await setUp(server);
    const calls = Array.from({ length: 24 }, (_, index) => {
      const line = `${ORDER}/${index % 3}`;
      if (index % 4 === 0) return server.api("DELETE", `${line}?occurred_at=${NOW - 50}`, by);
      return server.api("PUT", line, by, { package: "acme/core", occurred_at: NOW - 100 + (index % 3) });
    });
    const tokens = Array.from({ length: 4 }, async () => {
      const sold = await sellToken(server, by, { access: "customer", metadata: { customer_id: 42 } });
      await server.composer("/p2/acme/core.json", sold.token);
      return sold.token;
    });
    expect((await Promise.all(calls)).map(({ status }) => status).filter((status) => status > 201)).toEqual([]);
    for (const sold of [token, ...(await Promise.all(tokens))]) expect(await shown(server, sold)).toEqual([]);
    await server.api("PUT", `${ORDER}/1`, by, { package: "acme/core", occurred_at: NOW - 49 });
    for (const sold of [token, ...(await Promise.all(tokens))]) expect(await shown(server, sold)).toHaveLength(3);
  });
});
