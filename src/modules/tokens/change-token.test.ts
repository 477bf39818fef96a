import { describe, expect, test } from "vitest";
import { hostPackage } from "../../testing/packages.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

const NOW = 1_800_000_000;

const eventsOf = (server: TestServer, action: string) =>
  server.core.database.db.selectFrom("audit_events").selectAll().where("action", "=", action).execute();

describe.each(testEngines)("PATCH /api/tokens/{id} on %s", (engine) => {
  test("changes what is given, leaves the rest, clears what is null, and records before and after", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ prefixes: ["acme/", "globex/"] });
    const sold = {
      expires_at: NOW + 5,
      rate_limit_max: 9,
      allowed_package_prefixes: ["acme/"],
      metadata: { customer_id: 1, note: "x" },
    };
    const { id } = await sellToken(server, shop, sold);
    const path = `/api/tokens/${id}`;
    const patch = async (body: object) => (await server.api("PATCH", path, shop, body)).json();
    expect(await patch({ expires_at: NOW + 500 })).toMatchObject({ ...sold, id, expires_at: NOW + 500 });
    expect(await patch({ rate_limit_max: null, expires_at: null })).toMatchObject({
      rate_limit_max: null,
      expires_at: null,
    });
    expect(await patch({ metadata: { order_id: 5 } })).toMatchObject({ metadata: { order_id: 5 } });
    expect(await listedIds(server, shop, "?customer_id=1")).toEqual([]);
    expect(await listedIds(server, shop, "?order_id=5")).toEqual([id]);
    expect(await patch({ metadata: null })).toMatchObject({ metadata: {} });
    server.clock.advanceSeconds(1);
    const widened = await patch({ allowed_package_prefixes: null });
    expect(widened).toMatchObject({ allowed_package_prefixes: ["acme/", "globex/"] });
    const events = await eventsOf(server, "token.updated");
    expect(events).toHaveLength(5);
    expect(events.map((event) => JSON.parse(event.details) as unknown)).toContainEqual({
      before: {
        expires_at: NOW + 5,
        allowed_package_prefixes: ["acme/"],
        rate_limit_max: 9,
        access: "own",
        notify: false,
        status: "active",
      },
      after: {
        expires_at: NOW + 500,
        allowed_package_prefixes: ["acme/"],
        rate_limit_max: 9,
        access: "own",
        notify: false,
        status: "active",
      },
    });
  });

  test("with an empty body changes and records nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop);
    server.clock.advanceSeconds(9);
    const answer = await server.api("PATCH", `/api/tokens/${id}`, shop, {});
    expect(answer.json()).toMatchObject({ id, updated_at: NOW });
    expect(await eventsOf(server, "token.updated")).toEqual([]);
  });

  test("is in force with the very next request: renewed, narrowed, limited", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    await hostPackage(server.core.database, "globex/core", ["1.0.0"]);
    const { id, token } = await sellToken(server, shop, { expires_at: NOW + 10 });
    const patch = (body: object) => server.api("PATCH", `/api/tokens/${id}`, shop, body);
    const read = (path: string) => server.composer(path, token);
    expect((await read("/p2/acme/core.json")).status).toBe(200);
    server.clock.advanceSeconds(10);
    expect((await read("/p2/acme/core.json")).status).toBe(401);
    await patch({ expires_at: NOW + 1_000 });
    expect((await read("/p2/acme/core.json")).status).toBe(200);
    await patch({ allowed_package_prefixes: ["globex/"] });
    // The row stays, lapsed: the buyer is told that it ended, not that there is no such thing.
    expect((await read("/p2/acme/core.json")).json()).toEqual({
      packages: { "acme/core": [] },
      warning: "acme/core: your access ended on 2027-01-15; renew with the vendor to install or update it.",
    });
    expect((await read("/p2/globex/core.json")).json()).toHaveProperty("packages.globex/core.0.version", "1.0.0");
    await patch({ allowed_package_prefixes: ["acme/core"] });
    expect((await read("/p2/acme/core.json")).json()).toHaveProperty("packages.acme/core.0.version", "1.0.0");
    await patch({ rate_limit_max: 1 });
    expect([(await read("/packages.json")).status, (await read("/packages.json")).status]).toEqual([200, 429]);
  });

  test("refuses wrong values, empty prefixes and prefixes outside the bound, and changes nothing", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken();
    const bounded = await server.createManagementToken({ prefixes: ["acme/"] });
    const { id } = await sellToken(server, bounded, { allowed_package_prefixes: ["acme/core"] });
    const before = (await server.api("GET", `/api/tokens/${id}`, owner)).text;
    const cases: [body: unknown, status: number, pointer: string][] = [
      [undefined, 400, ""],
      [["acme/core"], 400, ""],
      [{ description: null }, 400, "/description"],
      [{ description: "a\0" }, 400, "/description"],
      [{ description: "\udfff" }, 400, "/description"],
      [{ expires_at: 1735689600000 }, 400, "/expires_at"],
      [{ rate_limit_max: 0 }, 400, "/rate_limit_max"],
      [{ metadata: { a: "\0" } }, 400, "/metadata/a"],
      [{ metadata: { customer_id: false } }, 400, "/metadata/customer_id"],
      [{ allowed_package_prefixes: [] }, 400, "/allowed_package_prefixes"],
      [{ allowed_package_prefixes: ["acme"] }, 400, "/allowed_package_prefixes/0"],
      [{ allowed_package_prefixes: ["acme/core", "globex/"] }, 403, "/allowed_package_prefixes"],
      [{ access: "customer" }, 400, "/access"],
      [{ permissions: "readonly" }, 400, "/permissions"],
      [{ unique_by: "order" }, 400, "/unique_by"],
    ];
    for (const [body, status, pointer] of cases) {
      const json = body === undefined ? undefined : JSON.stringify(body);
      const answer = await server.api("PATCH", `/api/tokens/${id}`, bounded, json);
      const label = JSON.stringify(body);
      expect(answer.status, label).toBe(status);
      expect(answer.json(), label).toMatchObject({ errors: [{ pointer }] });
    }
    expect((await server.api("GET", `/api/tokens/${id}`, owner)).text).toBe(before);
    expect(await eventsOf(server, "token.updated")).toEqual([]);
  });

  test("keeps the customer of a token that reads its customer's grants, and no own grants where prefixes are cleared", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sold = { access: "customer", allowed_package_prefixes: ["acme/"], metadata: { customer_id: 1 } };
    const { id } = await sellToken(server, shop, sold);
    const patch = (body: object) => server.api("PATCH", `/api/tokens/${id}`, shop, body);
    for (const metadata of [null, {}, { customer_id: 0 }]) {
      expect((await patch({ metadata })).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: "/metadata/customer_id" }],
      });
    }
    expect((await patch({ allowed_package_prefixes: null })).json()).toMatchObject({ allowed_package_prefixes: [] });
    expect((await patch({ metadata: { customer_id: 2 } })).json()).toMatchObject({ metadata: { customer_id: 2 } });
    expect(await listedIds(server, shop, "?customer_id=2")).toEqual([id]);
  });

  // Two renewals or narrowings at once must end as if one came after the other, never as a mixture that is wider.
  test("of two at once leaves one of the two, whole", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { allowed_package_prefixes: ["acme/"] });
    for (let round = 0; round < 5; round++) {
      const bodies = ["a", "b", "c", "d"].map((name) => ({
        description: name,
        allowed_package_prefixes: [`acme/${name}${round}`],
      }));
      const answers = await Promise.all(bodies.map((body) => server.api("PATCH", `/api/tokens/${id}`, shop, body)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const left = (await server.api("GET", `/api/tokens/${id}`, shop)).json() as Record<string, unknown>;
      const { description, allowed_package_prefixes } = left;
      expect(bodies).toContainEqual({ description, allowed_package_prefixes });
    }
  });

  test("against a DELETE at the same time never leaves a changed or living token", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (let round = 0; round < 6; round++) {
      const { id, token } = await sellToken(server, shop);
      const [patched, revoked] = await Promise.all([
        server.api("PATCH", `/api/tokens/${id}`, shop, { description: "late" }),
        server.api("DELETE", `/api/tokens/${id}`, shop),
      ]);
      expect(revoked.status).toBe(200);
      expect([200, 409]).toContain(patched.status);
      const row = (await server.api("GET", `/api/tokens/${id}`, shop)).json();
      expect(row).toMatchObject({ status: "revoked", description: patched.status === 200 ? "late" : "A sale" });
      if (patched.status === 200) expect(patched.json()).toMatchObject({ status: "active" });
      expect((await server.composer("/packages.json", token)).status).toBe(401);
    }
  });

  test("refuses a revoked token with 409, and an unknown or impossible id with 404 or 400", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    const refused = await server.api("PATCH", `/api/tokens/${id}`, shop, { expires_at: NOW + 10 });
    expect(refused.json()).toMatchObject({ status: 409, code: "resource.conflict" });
    for (const unknown of [
      "token_abc123",
      "x",
      "",
      id.toLowerCase() + "x",
      "%2e%2e",
      "a'b",
      "ü",
      "x".repeat(400),
      "x".repeat(900),
    ]) {
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const body = method === "PATCH" ? { description: "x" } : undefined;
        const answer = await server.api(method, `/api/tokens/${unknown}`, shop, body);
        expect(answer.status, `${method} ${unknown}`).toBe(404);
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
        expect(answer.text.length).toBeLessThan(300);
      }
    }
    for (const broken of ["%00", "a%00b", "%zz"]) {
      expect((await server.api("DELETE", `/api/tokens/${broken}`, shop)).status, broken).toBe(400);
    }
  });
});

describe.each(testEngines)("DELETE /api/tokens/{id} on %s", (engine) => {
  test("answers as in the spec, again and again, and records once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, { expires_at: NOW - 1 });
    for (let round = 0; round < 3; round++) {
      const answer = await server.api("DELETE", `/api/tokens/${id}`, shop);
      expect([answer.status, answer.json()]).toEqual([200, { message: "Token revoked" }]);
    }
    const answers = await Promise.all([1, 2, 3].map(() => server.api("DELETE", `/api/tokens/${id}`, shop)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const events = await eventsOf(server, "token.revoked");
    expect(events).toMatchObject([{ target_id: id, actor_kind: "management_token" }]);
    expect(JSON.parse(events[0]!.details)).toEqual({
      before: { status: "expired" },
      after: { status: "revoked", why: "revoked" },
    });
    expect((await server.composer("/packages.json", token)).json()).toMatchObject({
      warning: expect.stringContaining("was revoked") as unknown,
    });
  });

  test("takes any content type, or none, where there is no body", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const types = [
      "application/json",
      "application/json; charset=utf-8",
      "application/x-www-form-urlencoded",
      "nonsense",
    ];
    for (const type of types) {
      const { id } = await sellToken(server, shop);
      for (const body of [undefined, ""]) {
        const answer = await server.api("DELETE", `/api/tokens/${id}`, shop, body, { "content-type": type });
        expect(answer.status, type).toBe(200);
      }
    }
  });

  // A loop over a customer without tokens builds this URL.
  test("without an id is 404 and revokes nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop);
    expect((await server.api("DELETE", "/api/tokens/", shop)).status).toBe(404);
    const bare = await server.api("DELETE", "/api/tokens", shop);
    expect([bare.status, bare.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    expect(await listedIds(server, shop, "?status=active")).toEqual([id]);
  });

  // The loop of the spec's revoke-token.php.
  test("in a loop over a customer's list ends all of its tokens and nobody else's", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sell = (customer_id: unknown) => sellToken(server, shop, { metadata: { customer_id } });
    const [first, second, other, guest] = [await sell(5), await sell("5"), await sell(50), await sell(0)];
    for (const id of await listedIds(server, shop, "?customer_id=5"))
      await server.api("DELETE", `/api/tokens/${id}`, shop);
    expect(await listedIds(server, shop, "?customer_id=5")).toEqual([]);
    const status = async (secret: string) => (await server.composer("/packages.json", secret)).status;
    expect([await status(first.token), await status(second.token)]).toEqual([401, 401]);
    expect([await status(other.token), await status(guest.token)]).toEqual([200, 200]);
  });
});

describe.each(testEngines)("GET /api/tokens/{id} on %s", (engine) => {
  test("adds the usage of this hour and of all time, and what the limit leaves", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, { rate_limit_max: 10 });
    const usage = async () =>
      ((await server.api("GET", `/api/tokens/${id}`, shop)).json() as { usage: Record<string, unknown> }).usage;
    expect(await usage()).toMatchObject({
      requests_this_hour: 0,
      requests_total: 0,
      downloads_total: 0,
      rate_limit_remaining: 10,
    });
    for (let index = 0; index < 4; index++) await server.composer("/packages.json", token);
    expect(await usage()).toMatchObject({
      requests_this_hour: 4,
      requests_total: 4,
      downloads_total: 0,
      rate_limit_remaining: 6,
    });
    server.clock.advanceSeconds(3_600);
    await server.composer("/packages.json", token);
    expect(await usage()).toMatchObject({
      requests_this_hour: 1,
      requests_total: 5,
      downloads_total: 0,
      rate_limit_remaining: 9,
    });
    const unlimited = await sellToken(server, shop);
    expect((await server.api("GET", `/api/tokens/${unlimited.id}`, shop)).json()).toMatchObject({
      usage: { rate_limit_remaining: null },
    });
  });

  test("shows a revoked token too", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop);
    server.clock.advanceSeconds(5);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    const shown = (await server.api("GET", `/api/tokens/${id}`, shop)).json();
    expect(shown).toMatchObject({ status: "revoked", revoked_at: NOW + 5, updated_at: NOW + 5 });
  });
});
