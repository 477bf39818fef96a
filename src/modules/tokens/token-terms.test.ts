import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;

const versionsShown = async (server: TestServer, token: string, name = "acme/core") => {
  const answer = await server.composer(`/p2/${name}.json`, token);
  const { packages } = answer.json() as { packages: Record<string, { version: string }[]> };
  return (packages[name] ?? []).map(({ version }) => version).sort();
};

async function hostCore(server: TestServer): Promise<void> {
  await hostPackage(server.core.database, "acme/core", [
    { version: "1.0.0", releasedAt: NOW - 20 * DAY },
    { version: "2.0.0", releasedAt: NOW - 2 * DAY },
    { version: "2.1.0-beta1", releasedAt: NOW - 2 * DAY },
    { version: "3.0.0", releasedAt: NOW + 2 * DAY },
  ]);
}

describe.each(testEngines)("terms of plain tokens on %s", (engine) => {
  test("with updates_until the paid versions install for ever, later ones when it is moved", async () => {
    await using server = await startTestServer(engine);
    await hostCore(server);
    const shop = await server.createManagementToken();
    const sold = { allowed_package_prefixes: ["acme/"], updates_until: NOW + DAY, stability: "stable" };
    const { id, token } = await sellToken(server, shop, sold);
    server.clock.advanceSeconds(1000 * DAY);
    expect(await versionsShown(server, token)).toEqual(["1.0.0", "2.0.0"]);
    const patch = (body: object) => server.api("PATCH", `/api/tokens/${id}`, shop, body);
    expect((await patch({ constraint: "^2" })).json()).toMatchObject({ ...sold, constraint: "^2", expires_at: null });
    expect(await versionsShown(server, token)).toEqual(["2.0.0"]);
    // What is not named stays: also when the packages change.
    const widened = await patch({ allowed_package_prefixes: ["acme/core", "globex/"] });
    expect(widened.json()).toMatchObject({ updates_until: NOW + DAY, constraint: "^2", stability: "stable" });
    expect(await versionsShown(server, token)).toEqual(["2.0.0"]);
    server.clock.advanceSeconds(1);
    await patch({ updates_until: null, constraint: null });
    expect(await versionsShown(server, token)).toEqual(["1.0.0", "2.0.0", "3.0.0"]);
    const explained = await server.api(
      "GET",
      `/api/access/explain?token_id=${id}&package=acme/core&version=2.1.0-beta1`,
      shop,
    );
    expect(explained.json()).toMatchObject({ reason: "stability_excludes" });
    const [listed] = (await server.api("GET", "/api/tokens", shop)).json() as object[];
    expect(listed).toMatchObject({ id, updates_until: null, constraint: null, stability: "stable" });
    const [event] = await server.core.database.db
      .selectFrom("audit_events")
      .select("details")
      .where("action", "=", "token.updated")
      .where("details", "like", '%"constraint":"^2"%')
      .orderBy("occurred_at")
      .execute();
    expect(JSON.parse(event?.details ?? "{}")).toMatchObject({
      before: { updates_until: NOW + DAY, stability: "stable" },
      after: { updates_until: NOW + DAY, constraint: "^2" },
    });
  });

  test("are refused where they would say nothing, and stored nowhere then", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const metadata = { customer_id: 7 };
    const post = (body: object) => server.api("POST", "/api/tokens", shop, { description: "x", metadata, ...body });
    const project = { access: "project", allowed_package_prefixes: ["acme/core"] };
    for (const [body, pointer] of [
      [{ ...project, updates_until: NOW }, "/updates_until"],
      [{ ...project, constraint: "^1" }, "/constraint"],
      [{ access: "customer", stability: "stable" }, "/stability"],
      [{ allowed_package_prefixes: ["acme/"], constraint: "not a constraint" }, "/constraint"],
      [{ updates_until: NOW * 1000 }, "/updates_until"],
    ] as const) {
      expect((await post(body)).json(), pointer).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    expect(await listedIds(server, shop)).toEqual([]);
    // Nothing asked for is nothing refused.
    expect((await post({ ...project, updates_until: null, stability: null })).status).toBe(201);
  });

  test("a token becomes its customer's with the same secret, and never more than maker and caller may grant", async () => {
    await using server = await startTestServer(engine);
    await hostCore(server);
    await hostPackage(server.core.database, "acme/theme", ["1.0.0"]);
    await hostPackage(server.core.database, "globex/x", ["1.0.0"]);
    const wide = await server.createManagementToken({ scopes: [...SCOPES] });
    const narrow = await server.createManagementToken({ prefixes: ["acme/"] });
    const sold = { allowed_package_prefixes: ["acme/core"], metadata: { customer_id: 42 } };
    const mine = await sellToken(server, narrow, sold);
    const theirs = await sellToken(server, wide, sold);
    const unbound = await sellToken(server, wide, sold);
    await grantShop(server, wide).put("1", { packages: ["acme/theme", "globex/x"] });
    const status = async (token: string, name: string) => (await server.composer(`/p2/${name}.json`, token)).status;
    const patch = (by: string, id: string, body: object) => server.api("PATCH", `/api/tokens/${id}`, by, body);
    expect(await versionsShown(server, mine.token, "acme/theme")).toEqual([]);
    // The maker's bound, the caller's, and none where neither has one.
    for (const [by, one] of [
      [wide, mine],
      [narrow, theirs],
      [wide, unbound],
    ] as const) {
      const changed = await patch(by, one.id, { access: "customer" });
      expect(changed.json()).toMatchObject({ access: "customer", allowed_package_prefixes: ["acme/core"] });
      expect(await versionsShown(server, one.token, "acme/theme")).toEqual(["1.0.0"]);
      expect(await status(one.token, "acme/core")).toBe(200);
    }
    expect([await status(mine.token, "globex/x"), await status(theirs.token, "globex/x")]).toEqual([404, 404]);
    expect(await status(unbound.token, "globex/x")).toBe(200);
    // Its maker goes on seeing it, so that a revoke loop ends it.
    expect(await listedIds(server, narrow)).toContain(mine.id);
    // Back again: its own packages, nothing of the customer.
    expect((await patch(narrow, mine.id, { access: "own" })).json()).toMatchObject({ access: "own" });
    expect(await versionsShown(server, mine.token, "acme/theme")).toEqual([]);
    expect(await versionsShown(server, mine.token)).not.toEqual([]);
  });

  test("keeps the access where another one is not safe", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const metadata = { customer_id: 42 };
    const guest = await sellToken(server, shop, { allowed_package_prefixes: ["acme/"] });
    const bare = await sellToken(server, shop, { access: "customer", metadata });
    const project = await sellToken(server, shop, {
      ...{ access: "project", allowed_package_prefixes: ["acme/core"], metadata },
    });
    for (const [id, access] of [
      [guest.id, "customer"],
      [bare.id, "own"],
      [project.id, "customer"],
      [project.id, "own"],
    ] as const) {
      const answer = await server.api("PATCH", `/api/tokens/${id}`, shop, { access });
      expect(answer.status, `${id} ${access}`).toBe(400);
    }
    // With a customer in the same request it is possible.
    const named = await server.api("PATCH", `/api/tokens/${guest.id}`, shop, { access: "customer", metadata });
    expect(named.json()).toMatchObject({ access: "customer", metadata });
    const orphaned = await server.api("PATCH", `/api/tokens/${guest.id}`, shop, { metadata: {} });
    expect(orphaned.json()).toMatchObject({ status: 400, errors: [{ pointer: "/metadata/customer_id" }] });
  });

  test("If-Match keeps a change from undoing another one", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, { expires_at: NOW + DAY });
    const path = `/api/tokens/${id}`;
    const patch = (body: object, ifMatch?: string) =>
      server.api("PATCH", path, shop, body, ifMatch === undefined ? {} : { "if-match": ifMatch });
    const read = (await server.api("GET", path, shop)).headers.get("etag") ?? "";
    expect(read).toMatch(/^"[0-9a-f]{32}"$/);
    // Use and time are no change.
    await server.composer("/packages.json", token);
    server.clock.advanceSeconds(3600);
    expect((await server.api("GET", path, shop)).headers.get("etag")).toBe(read);
    const changed = await patch({ rate_limit_max: 5 }, `"other", W/${read}`);
    expect(changed.status).toBe(200);
    const now = changed.headers.get("etag") ?? "";
    const overtaken = await patch({ expires_at: NOW + 2 * DAY }, read);
    expect(overtaken.json()).toMatchObject({ status: 412, code: "request.precondition_failed" });
    expect(overtaken.text).toContain(JSON.stringify(now).slice(1, -1));
    expect((await server.api("GET", path, shop)).json()).toMatchObject({ expires_at: NOW + DAY, rate_limit_max: 5 });
    for (const ifMatch of ["*", now]) expect((await patch({}, ifMatch)).status).toBe(200);
    // Two changes of one second are two.
    const [first, second] = [await patch({ rate_limit_max: 6 }), await patch({ rate_limit_max: 7 })];
    expect(first.headers.get("etag")).not.toBe(second.headers.get("etag"));
    const renewed = await server.api("POST", `${path}/renew`, shop, { until: NOW + 9 * DAY });
    expect((await server.api("GET", path, shop)).headers.get("etag")).toBe(renewed.headers.get("etag"));
  });
});
