import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { hostPackage } from "../../testing/packages.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };

const read = (server: TestServer, secret: string) => server.composer("/p2/acme/core.json", secret);
const statusOf = async (server: TestServer, secret: string) => (await server.composer("/packages.json", secret)).status;

describe.each(testEngines)("suspending on %s", (engine) => {
  test("closes a token with the very next request, in its own words, moves no date and keeps a renewal", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { id, token } = await sellToken(server, shop, { expires_at: NOW + 1_000, metadata: { customer_id: 1 } });
    const post = (verb: string, body?: object) => server.api("POST", `/api/tokens/${id}/${verb}`, shop, body);
    expect((await read(server, token)).status).toBe(200);
    expect((await post("suspend", { reason: "Dispute" })).json()).toMatchObject({
      ...{ status: "suspended", suspended_at: NOW, suspended_by: ["token"], expires_at: NOW + 1_000 },
    });
    const refused = await read(server, token);
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ warning: expect.stringContaining("is suspended") as string });
    expect(await listedIds(server, shop, "?customer_id=1")).toEqual([id]);
    expect(await listedIds(server, shop, "?status=suspended")).toEqual([id]);
    expect(await listedIds(server, shop, "?status=active")).toEqual([]);
    const renewed = await server.api("PATCH", `/api/tokens/${id}`, shop, { expires_at: NOW + 5_000 });
    expect(renewed.json()).toMatchObject({ status: "suspended", expires_at: NOW + 5_000 });
    server.clock.advanceSeconds(2_000);
    await post("suspend");
    expect((await post("resume")).json()).toMatchObject({
      ...{ status: "active", suspended_at: null, suspended_by: [], expires_at: NOW + 5_000 },
    });
    expect((await read(server, token)).status).toBe(200);
    const { db } = server.core.database;
    const actions = await db.selectFrom("audit_events").select("action").where("target_id", "=", id).execute();
    expect(actions.filter(({ action }) => /suspended|resumed/.test(action))).toHaveLength(2);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    expect([(await post("suspend")).status, (await post("resume")).status]).toEqual([409, 409]);
  });

  test("nests: resuming the token, its customer or its order undoes none of the others", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const metadata = { customer_id: 2, customer_email: "b@example.com", order_id: "N-1" };
    const { id, token } = await sellToken(server, shop, { metadata });
    const post = (path: string) => server.api("POST", path, shop, {});
    const paths = [`/api/tokens/${id}`, "/api/customers/2", "/api/orders/N-1"] as const;
    for (const path of paths) expect((await post(`${path}/suspend`)).status, path).toBe(200);
    const shown = async () => (await server.api("GET", `/api/tokens/${id}`, shop)).json();
    expect(await shown()).toMatchObject({ status: "suspended", suspended_by: ["token", "customer", "order"] });
    const left = [["customer", "order"], ["order"], []];
    for (const [index, path] of paths.entries()) {
      expect(await statusOf(server, token)).toBe(401);
      await post(`${path}/resume`);
      expect(await shown()).toMatchObject({ suspended_by: left[index] });
    }
    expect(await statusOf(server, token)).toBe(200);
    expect((await server.api("GET", "/api/customers/2", shop)).json()).toMatchObject({
      ...{ suspended_at: null, tokens: { active: 1, suspended: 0, expired: 0, revoked: 0 } },
    });
  });

  test("holds for what is sold, restored or moved under a suspended customer or order, also an unknown one", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const sold = (metadata: object) => sellToken(server, shop, { metadata });
    const gone = await sold({ customer_id: 3 });
    await server.api("DELETE", `/api/tokens/${gone.id}`, shop);
    await server.api("POST", "/api/customers/3/suspend", shop);
    await server.api("POST", "/api/orders/F-1/suspend", shop, { customer_email: "guest@example.com" });
    const later = await sold({ customer_id: 3, order_id: "X-1" });
    const guest = await sold({ customer_email: "guest@example.com", order_id: "F-1" });
    const moved = await sold({ customer_id: 4 });
    await server.api("PATCH", `/api/tokens/${moved.id}`, shop, { metadata: { customer_id: 3 } });
    await server.api("POST", `/api/tokens/${gone.id}/restore`, shop);
    for (const { token } of [gone, later, guest, moved]) expect(await statusOf(server, token)).toBe(401);
    await server.api("POST", "/api/customers/3/resume", shop);
    await server.api("POST", "/api/orders/F-1/resume", shop);
    for (const { token } of [gone, later, guest, moved]) expect(await statusOf(server, token)).toBe(200);
  });

  test("closes the lines of a suspended order package by package, and what is in force beside it stays open", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    await hostPackage(server.core.database, "acme/theme", ["1.0.0"]);
    const { token } = await sellToken(server, shop, { access: "customer", metadata: { customer_id: 5 } });
    const put = (order: string, name: string, more = {}) =>
      server.api("PUT", `/api/customers/5/grants/default/${order}/${name.slice(5)}`, shop, { package: name, ...more });
    await put("S-1", "acme/core");
    await put("S-2", "acme/theme");
    await server.api("POST", "/api/orders/S-1/suspend", shop);
    const core = await read(server, token);
    expect(core.json()).toMatchObject({
      ...{
        packages: { "acme/core": [] },
        warning: expect.stringContaining("acme/core: your access is suspended") as string,
      },
    });
    expect((await server.composer("/p2/acme/theme.json", token)).json()).toHaveProperty(
      "packages.acme/theme.0.version",
    );
    const asked = "/api/access/explain?customer_id=5&package=acme/core";
    expect((await server.api("GET", asked, shop)).json()).toMatchObject({ allowed: false, reason: "suspended" });
    // A line that comes later, or is renewed, is suspended with its order.
    await put("S-1", "acme/theme");
    await put("S-1", "acme/core", { expires_at: NOW + 500 });
    expect((await read(server, token)).json()).toMatchObject({ packages: { "acme/core": [] } });
    // Bought once more elsewhere: in force wins.
    await put("S-3", "acme/core");
    expect((await read(server, token)).json()).toHaveProperty("packages.acme/core.0.version");
    await server.api("DELETE", "/api/customers/5/grants/default/S-3", shop);
    await server.api("POST", "/api/orders/S-1/resume", shop);
    expect((await read(server, token)).json()).toHaveProperty("packages.acme/core.0.version");
  });

  test("by a caller with a bound reaches nothing outside of it, sold before or after, and ends by nobody narrower", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken(ALL);
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const metadata = { customer_id: 6, order_id: "B-1" };
    const acme = await sellToken(server, bounded, { metadata });
    await server.api("POST", "/api/customers/6/suspend", bounded);
    await server.api("POST", "/api/orders/B-1/suspend", bounded);
    const globex = await sellToken(server, owner, { metadata, allowed_package_prefixes: ["globex/"] });
    expect([await statusOf(server, acme.token), await statusOf(server, globex.token)]).toEqual([401, 200]);
    await server.api("POST", "/api/orders/B-1/suspend", owner, {});
    expect(await statusOf(server, globex.token)).toBe(401);
    const resume = (secret: string) => server.api("POST", "/api/orders/B-1/resume", secret, {});
    await resume(bounded);
    expect((await resume(bounded)).status).toBe(404);
    expect(await statusOf(server, globex.token)).toBe(401);
    expect((await server.api("POST", "/api/customers/6/resume", bounded)).status).toBe(404);
    await resume(owner);
    await server.api("POST", "/api/customers/6/resume", owner);
    expect([await statusOf(server, acme.token), await statusOf(server, globex.token)]).toEqual([200, 200]);
  });

  test("goes on over a revocation and its undoing, and a revoked customer or order is not resumed", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const { token } = await sellToken(server, shop, { metadata: { customer_id: 7, order_id: "R-1" } });
    const post = async (path: string) => (await server.api("POST", path, shop, {})).status;
    await post("/api/orders/R-1/suspend");
    await post("/api/orders/R-1/revoke");
    expect(await post("/api/orders/R-1/resume")).toBe(409);
    await post("/api/orders/R-1/restore");
    expect(await statusOf(server, token)).toBe(401);
    await post("/api/orders/R-1/resume");
    await post("/api/customers/7/suspend");
    await post("/api/customers/7/revoke");
    expect(await post("/api/customers/7/resume")).toBe(409);
    await post("/api/customers/7/restore");
    expect(await statusOf(server, token)).toBe(401);
    await post("/api/customers/7/resume");
    expect(await statusOf(server, token)).toBe(200);
  });
});
