import { describe, expect, test } from "vitest";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

const SPEC_REQUEST = {
  description: "Customer: customer@example.com (Order: 12345)",
  permissions: "readonly",
  expires_at: 1735689600,
  allowed_package_prefixes: ["your-vendor/"],
  rate_limit_max: 1000,
  metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
};

const tokensOf = (server: TestServer) => server.core.database.db.selectFrom("tokens").selectAll().execute();
const customersOf = (server: TestServer) => server.core.database.db.selectFrom("customers").selectAll().execute();
const eventsOf = (server: TestServer, action: string) =>
  server.core.database.db.selectFrom("audit_events").selectAll().where("action", "=", action).execute();

describe.each(testEngines)("POST /api/tokens on %s", (engine) => {
  // The request of the spec's API reference, as it stands there.
  test("answers the spec's own request with the spec's own fields first", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ prefixes: ["your-vendor/"] });
    const answer = await server.api("POST", "/api/tokens", shop, SPEC_REQUEST);
    expect(answer.status).toBe(201);
    const body = answer.json() as Record<string, unknown>;
    expect(Object.keys(body).slice(0, 6)).toEqual([
      "id",
      "token",
      "description",
      "permissions",
      "expires_at",
      "created_at",
    ]);
    expect(body).toMatchObject({ ...SPEC_REQUEST, status: "expired", shop: "default", access: "own" });
    expect(body["token"]).toMatch(/^pbt_[0-9A-Za-z]{36}$/);
    expect(body["id"]).toMatch(/^token_[0-9A-Za-z]{20}$/);
  });

  // Otherwise a wrong field name sells an unlimited token.
  test("refuses an unknown field by name and stores nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const answer = await server.api("POST", "/api/tokens", shop, {
      description: "x",
      alowed_package_prefixes: ["acme/"],
    });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "request.invalid",
      errors: [
        { pointer: "/alowed_package_prefixes", detail: "is not a known field; did you mean allowed_package_prefixes?" },
      ],
    });
    expect(await tokensOf(server)).toEqual([]);
  });

  // A stolen database or a log must not hand out access.
  test("keeps the secret nowhere but in its one answer", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, SPEC_REQUEST, { "idempotency-key": "order 12345" });
    const { db } = server.core.database;
    const tables = [
      "tokens",
      "grants",
      "customers",
      "audit_events",
      "audit_personal_values",
      "idempotency_keys",
    ] as const;
    for (const table of tables) {
      const rows = await db.selectFrom(table).selectAll().execute();
      expect(rows, table).not.toEqual([]);
      expect(JSON.stringify(rows), table).not.toContain(token);
    }
    for (const path of ["/api/tokens", `/api/tokens/${id}`]) {
      expect((await server.api("GET", path, shop)).text).not.toContain(token);
    }
    const patched = await server.api("PATCH", `/api/tokens/${id}`, shop, { description: "y" });
    expect(patched.text).not.toContain(token);
    expect(server.logLines.join("\n")).not.toContain(token);
    expect(server.logLines.join("\n")).not.toContain(shop);
  });

  test("writes one audit record, with nobody's name in it, in the transaction of the token", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ name: "the shop" });
    const { id } = await sellToken(server, shop, SPEC_REQUEST);
    const [event, ...more] = await eventsOf(server, "token.created");
    expect(more).toEqual([]);
    const [customer] = await customersOf(server);
    expect(event).toMatchObject({ actor_kind: "management_token", target_id: id, customer: customer?.id });
    expect(event?.request_id).toMatch(/^req_/);
    for (const personal of ["customer@example.com", "cust_123", "order_12345"]) {
      expect(JSON.stringify(event)).not.toContain(personal);
    }
    const personal = await server.core.database.db.selectFrom("audit_personal_values").selectAll().execute();
    expect(personal).toMatchObject([{ event: event?.id, customer: customer?.id }]);
    expect(personal[0]?.personal_values).toContain("customer@example.com");
  });

  test("stores no token when its audit record cannot be written", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await server.core.database.db.schema.alterTable("audit_personal_values").renameTo("gone").execute();
    const answer = await server.api("POST", "/api/tokens", shop, SPEC_REQUEST);
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ code: "internal.unexpected" });
    expect(answer.text).not.toContain("gone");
    expect(answer.text).not.toContain("pbt_");
    expect(await tokensOf(server)).toEqual([]);
    expect(await customersOf(server)).toEqual([]);
  });

  // The PHP handler of the spec sends null for an order without a number.
  test("takes null for absent in every optional field", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ prefixes: ["acme/"] });
    const { id } = await sellToken(server, shop, {
      ...{ permissions: null, expires_at: null, allowed_package_prefixes: null, rate_limit_max: null },
      ...{ access: null, unique_by: null, metadata: { customer_id: 42, order_id: null, customer_email: null } },
    });
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({
      ...{ permissions: "readonly", expires_at: null, rate_limit_max: null, access: "own", status: "active" },
      ...{ allowed_package_prefixes: ["acme/"], metadata: { customer_id: 42 } },
    });
    expect((await sellToken(server, shop, { metadata: null })).token).toMatch(/^pbt_/);
  });

  test('knows 42 and "42" for one customer, and 0, empty and null for none', async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sell = async (customer_id: unknown) => (await sellToken(server, shop, { metadata: { customer_id } })).id;
    const [number, text] = [await sell(42), await sell("42")];
    const guests = [await sell(0), await sell("0"), await sell(""), await sell(null)];
    expect(await customersOf(server)).toMatchObject([{ customer_id: "42", shop: "default" }]);
    expect(new Set(await listedIds(server, shop, "?customer_id=42"))).toEqual(new Set([number, text]));
    expect(await listedIds(server, shop, "?customer_id=0")).toEqual([]);
    expect(await listedIds(server, shop)).toEqual(expect.arrayContaining(guests));
  });

  test("never gives a customer the address of a later sale", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const buyer = { customer_id: 7 };
    await sellToken(server, shop, { metadata: buyer });
    await sellToken(server, shop, { metadata: { ...buyer, customer_email: "First@Example.com" } });
    await sellToken(server, shop, { metadata: { ...buyer, customer_email: "later@example.com" } });
    await sellToken(server, shop, { metadata: buyer });
    expect(await customersOf(server)).toMatchObject([{ email: "First@Example.com" }]);
  });

  test("makes one customer of two first purchases at once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await Promise.all([1, 2, 3, 4].map(() => sellToken(server, shop, { metadata: { customer_id: "new" } })));
    expect(await customersOf(server)).toHaveLength(1);
    expect(await listedIds(server, shop, "?customer_id=new")).toHaveLength(4);
  });

  // Nobody mints wider than their own bound.
  test("refuses prefixes outside the management token's bound with 403 that names them, and stores nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ prefixes: ["acme/checkout-*", "acme/core"] });
    for (const prefix of ["acme/", "acme/*", "acme/checkout", "globex/", "acme/corex", "acme/core-*"]) {
      const answer = await server.api("POST", "/api/tokens", shop, {
        description: "x",
        allowed_package_prefixes: ["acme/core", prefix],
      });
      expect(answer.status, prefix).toBe(403);
      expect(answer.json()).toMatchObject({
        code: "auth.outside_bound",
        errors: [{ pointer: "/allowed_package_prefixes" }],
      });
    }
    expect(await tokensOf(server)).toEqual([]);
    await sellToken(server, shop, { allowed_package_prefixes: ["ACME/Core", "acme/checkout-pro", "acme/checkout-x*"] });
  });

  test("grants the bound where prefixes are left out, and warns where that is everything", async () => {
    await using server = await startTestServer(engine);
    const bounded = await server.createManagementToken({ prefixes: ["acme/", "globex/core"] });
    const unbounded = await server.createManagementToken();
    const narrow = await server.api("POST", "/api/tokens", bounded, { description: "x" });
    expect(narrow.json()).toMatchObject({ allowed_package_prefixes: ["acme/", "globex/core"] });
    expect(narrow.json()).not.toHaveProperty("warnings");
    const wide = await server.api("POST", "/api/tokens", unbounded, { description: "x" });
    expect(wide.json()).toMatchObject({
      allowed_package_prefixes: null,
      warnings: [expect.stringContaining("every package") as unknown],
    });
  });

  // A customer's grants may have been given by somebody with a wider bound.
  describe('with "unique_by": "order"', () => {
    const order = (order_id: unknown) => ({ description: "x", unique_by: "order", metadata: { order_id } });

    test("answers a repetition 200 with the same token, without its secret, and changes nothing", async () => {
      await using server = await startTestServer(engine);
      const shop = await server.createManagementToken();
      const first = await sellToken(server, shop, order(1001));
      const again = await server.api("POST", "/api/tokens", shop, { ...order("1001"), description: "another" });
      expect(again.status).toBe(200);
      expect(again.json()).toMatchObject({ id: first.id, duplicate: true, description: "x" });
      expect(again.text).not.toContain("pbt_");
      expect(await tokensOf(server)).toHaveLength(1);
      expect(await eventsOf(server, "token.created")).toHaveLength(1);
      expect((await sellToken(server, shop, order(1002))).id).not.toBe(first.id);
    });

    test("sells once, however many webhooks arrive at once", async () => {
      await using server = await startTestServer(engine);
      const shop = await server.createManagementToken();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => server.api("POST", "/api/tokens", shop, order("rush"))),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
      expect(new Set(answers.map((answer) => (answer.json() as { id: string }).id)).size).toBe(1);
      expect(await tokensOf(server)).toHaveLength(1);
      expect(await eventsOf(server, "token.created")).toHaveLength(1);
    });

    test("lets two shops have the same order number, and a late webhook not undo a cancellation", async () => {
      await using server = await startTestServer(engine);
      const shop = await server.createManagementToken();
      const other = await server.createManagementToken({ shop: "other" });
      const { id } = await sellToken(server, shop, order("1"));
      expect((await sellToken(server, other, order("1"))).id).not.toBe(id);
      await server.api("DELETE", `/api/tokens/${id}`, shop);
      const late = await server.api("POST", "/api/tokens", shop, order("1"));
      expect(late.json()).toMatchObject({ status: 409, code: "sale.ended" });
      expect(await tokensOf(server)).toHaveLength(2);
    });

    test("needs an order, and tells nothing of a token outside the caller's bound", async () => {
      await using server = await startTestServer(engine);
      const wide = await server.createManagementToken();
      const bounded = await server.createManagementToken({ prefixes: ["acme/"] });
      for (const order_id of ["", null]) {
        const answer = await server.api("POST", "/api/tokens", wide, order(order_id));
        expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: "/unique_by" }] });
      }
      const { id } = await sellToken(server, wide, order("5"));
      const answer = await server.api("POST", "/api/tokens", bounded, order("5"));
      expect(answer.status).toBe(409);
      expect(answer.text).not.toContain(id);
    });
  });

  test("refuses every wrong body with 400 that names the field and what to do, and stores nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const manyKeys = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, index]));
    const cases: [body: unknown, pointer: string, detail: RegExp][] = [
      [undefined, "", /^is required/],
      [null, "", /^is required/],
      [[], "/description", /is required/],
      [[1], "", /must be an object, not a list/],
      ["text", "", /must be an object, not a string/],
      [{}, "/description", /is required/],
      [{ description: null }, "/description", /not null/],
      [{ description: "" }, "/description", /empty/],
      [{ description: " \n" }, "/description", /empty/],
      [{ description: 5 }, "/description", /a string, not a number/],
      [{ description: "x".repeat(16_001) }, "/description", /at most 16000 characters/],
      [{ description: "a\0b" }, "/description", /NUL/],
      [{ description: "a\ud800b" }, "/description", /Unicode/],
      [{ permissions: "admin" }, "/permissions", /"readonly"/],
      [{ expires_at: 1735689600000 }, "/expires_at", /milliseconds/],
      [{ expires_at: Date.parse("2026-01-01") }, "/expires_at", /milliseconds/],
      [{ expires_at: 1e300 }, "/expires_at", /milliseconds/],
      [{ expires_at: -1 }, "/expires_at", /2000/],
      [{ expires_at: 0 }, "/expires_at", /send null for no end/],
      [{ expires_at: false }, "/expires_at", /send null for no end/],
      [{ expires_at: "" }, "/expires_at", /send null for no end/],
      [{ expires_at: 31_536_000 }, "/expires_at", /not a duration/],
      [{ expires_at: 1735689600.5 }, "/expires_at", /whole/],
      [{ expires_at: "1735689600" }, "/expires_at", /not a string/],
      [{ expires_at: "2027-01-01" }, "/expires_at", /not a string/],
      [{ expires_at: true }, "/expires_at", /whole number/],
      [{ expires_at: [1735689600] }, "/expires_at", /whole number/],
      [{ allowed_package_prefixes: [] }, "/allowed_package_prefixes", /at least one/],
      [{ allowed_package_prefixes: "acme/" }, "/allowed_package_prefixes", /a list, not a string/],
      [{ allowed_package_prefixes: ["acme/", null] }, "/allowed_package_prefixes/1", /not null/],
      [{ allowed_package_prefixes: ["acme"] }, "/allowed_package_prefixes/0", /no slash/],
      [{ allowed_package_prefixes: [""] }, "/allowed_package_prefixes/0", /empty/],
      [{ allowed_package_prefixes: ["*"] }, "/allowed_package_prefixes/0", /vendor/],
      [{ allowed_package_prefixes: ["*/x"] }, "/allowed_package_prefixes/0", /vendor/],
      [{ allowed_package_prefixes: ["ac*/x"] }, "/allowed_package_prefixes/0", /vendor/],
      [{ allowed_package_prefixes: ["acme/\0"] }, "/allowed_package_prefixes/0", /./],
      [{ allowed_package_prefixes: ["acme/../x"] }, "/allowed_package_prefixes/0", /./],
      [{ allowed_package_prefixes: [`acme/${"x".repeat(300)}`] }, "/allowed_package_prefixes/0", /at most 300/],
      [{ allowed_package_prefixes: Array(501).fill("acme/") }, "/allowed_package_prefixes", /at most 500/],
      [{ rate_limit_max: 0 }, "/rate_limit_max", /at least 1/],
      [{ rate_limit_max: -5 }, "/rate_limit_max", /at least 1/],
      [{ rate_limit_max: 1.5 }, "/rate_limit_max", /a whole number/],
      [{ rate_limit_max: "1000" }, "/rate_limit_max", /number, not a string/],
      [{ metadata: [1] }, "/metadata", /an object, not a list/],
      [{ metadata: "x" }, "/metadata", /an object, not a string/],
      [{ metadata: { a: { b: 1 } } }, "/metadata/a", /text, a number/],
      [{ metadata: { "a/b~c": [] } }, "/metadata/a~1b~0c", /text, a number/],
      [{ metadata: { a: "x\0" } }, "/metadata/a", /NUL/],
      [{ metadata: { a: "\udc00" } }, "/metadata/a", /Unicode/],
      [{ metadata: { "a\0": 1 } }, "/metadata/a\u{FFFD}", /NUL/],
      [{ metadata: { [`k${"x".repeat(300)}`]: 1 } }, `/metadata/k${"x".repeat(99)}`, /255/],
      [{ metadata: manyKeys }, "/metadata", /50 keys/],
      [{ metadata: { a: "x".repeat(17_000) } }, "/metadata", /16384 bytes/],
      [{ metadata: { a: "é".repeat(9_000) } }, "/metadata", /16384 bytes/],
      [{ metadata: { customer_id: true } }, "/metadata/customer_id", /whole number/],
      [{ metadata: { customer_id: 1.5 } }, "/metadata/customer_id", /whole number/],
      [{ metadata: { customer_id: 1e20 } }, "/metadata/customer_id", /whole number/],
      [{ metadata: { customer_id: "x".repeat(256) } }, "/metadata/customer_id", /255/],
      [{ metadata: { order_id: "1\0" } }, "/metadata/order_id", /NUL/],
      [{ metadata: { customer_email: "a\ud83d@example.com" } }, "/metadata/customer_email", /Unicode/],
      [{ access: "all" }, "/access", /"own" or "customer"/],
      [{ access: "customer" }, "/access", /customer_id/],
      [{ unique_by: "customer" }, "/unique_by", /"access": "customer"/],
      [{ unique_by: "order" }, "/unique_by", /order_id/],
      [{ status: "active" }, "/status", /not a known field$/],
      [{ expire_at: null }, "/expire_at", /not a known field; did you mean expires_at\?$/],
      [{ expiresAt: null }, "/expiresAt", /did you mean expires_at\?$/],
      [{ allowedPackagePrefixes: ["acme/"] }, "/allowedPackagePrefixes", /did you mean allowed_package_prefixes\?$/],
      // An article number: the refusal must not talk the shop into a whole vendor.
      [{ allowed_package_prefixes: ["SW10001"] }, "/allowed_package_prefixes/0", /^(?!.*sw10001\/).*"vendor\/name"/],
      [{ id: "token_mine" }, "/id", /not a known field/],
      [{ token: "pbt_mine" }, "/token", /not a known field/],
      [{ shop: "other" }, "/shop", /not a known field/],
    ];
    for (const [given, pointer, detail] of cases) {
      const isPlainObject =
        typeof given === "object" && given !== null && !Array.isArray(given) && Object.keys(given).length > 0;
      const body = isPlainObject && !("description" in given) ? { description: "x", ...given } : given;
      const json = body === undefined ? undefined : JSON.stringify(body);
      const answer = await server.api("POST", "/api/tokens", shop, json);
      const label = (JSON.stringify(given) as string | undefined)?.slice(0, 100);
      expect(answer.status, label).toBe(400);
      expect(answer.headers.get("content-type"), label).toBe("application/problem+json");
      const { errors } = answer.json() as { errors: { pointer: string; detail: string }[] };
      expect(errors, label).toContainEqual({ pointer, detail: expect.stringMatching(detail) as unknown });
    }
    expect(await tokensOf(server)).toEqual([]);
    expect(await customersOf(server)).toEqual([]);
    expect(await eventsOf(server, "token.created")).toEqual([]);
  });

  test("takes what is unusual but right", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const text = "Zoë 🛒 'quoted\" ; drop table tokens; -- \u0007 ${x} <b>";
    const bodies = [
      { description: text },
      { description: "x".repeat(16_000) },
      { expires_at: 946_684_800 },
      { expires_at: 99_999_999_999 },
      { rate_limit_max: 1 },
      { rate_limit_max: 1_000_000_000 },
      { metadata: { "": "", constructor: "x", [text]: text, on: true, ratio: 0.25, customer_id: text, order_id: -5 } },
      {
        metadata: Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [`k${index}`, index < 50 ? index : null]),
        ),
      },
    ];
    for (const body of bodies) {
      const { id } = await sellToken(server, shop, body);
      const shown = (await server.api("GET", `/api/tokens/${id}`, shop)).json() as Record<string, unknown>;
      const { metadata, ...plain } = { metadata: {}, ...body };
      expect(shown).toMatchObject(plain);
      const given = Object.entries(metadata).filter(([, value]) => value !== null);
      expect(shown["metadata"]).toEqual(Object.fromEntries(given));
    }
    expect(await listedIds(server, shop, `?customer_id=${encodeURIComponent(text)}`)).toHaveLength(1);
    expect(await listedIds(server, shop, "?order_id=-5")).toHaveLength(1);
  });
});
