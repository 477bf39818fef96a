import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

const DAY = 24 * 3600;

const recordsOf = (server: TestServer, action: string) =>
  server.core.database.db.selectFrom("audit_events").selectAll().where("action", "=", action).execute();

const statusOf = async (server: TestServer, secret: string) => (await server.composer("/packages.json", secret)).status;

const NOW = 1_800_000_000;

describe.each(testEngines)("POST /api/orders/{order_id}/revoke on %s", (engine) => {
  test("ends every token of the order of that buyer, however it was made, and nobody else's", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const buyer = { customer_id: 42, customer_email: "buyer@example.com", order_id: "A-1" };
    const bySetting = await sellToken(server, shop, { metadata: buyer, unique_by: "order" });
    const bySpec = await sellToken(server, shop, { metadata: buyer });
    const byHand = await sellToken(server, shop, {
      metadata: { customer_email: "Buyer@Example.com", order_id: "A-1" },
    });
    const nameless = await sellToken(server, shop, { metadata: { order_id: "A-1" } });
    const other = await sellToken(server, shop, { metadata: { ...buyer, order_id: "A-2" } });
    const answer = await server.api("POST", "/api/orders/A-1/revoke", shop, {});
    const all = [bySetting, bySpec, byHand, nameless];
    expect(answer.status).toBe(200);
    const body = answer.json() as { tokens: string[] };
    expect(body).toMatchObject({ message: "Order revoked", customer_id: "42", tokens_revoked: 4, grants_revoked: 0 });
    expect([...body.tokens].sort()).toEqual(all.map(({ id }) => id).sort());
    for (const { token } of all) expect(await statusOf(server, token)).toBe(401);
    expect(await statusOf(server, other.token)).toBe(200);
    expect(await listedIds(server, shop, "?order_id=A-1")).toEqual([]);
    const repeated = (await server.api("POST", "/api/orders/A-1/revoke", shop)).json();
    expect(repeated).toMatchObject({ tokens_revoked: 0, tokens: [] });
    expect(await recordsOf(server, "order.revoked")).toHaveLength(1);
    const late = await sellToken(server, shop, { metadata: buyer, again: true });
    expect((await server.api("POST", "/api/orders/A-1/revoke", shop)).json()).toMatchObject({ tokens: [late.id] });
  });

  // The shop's worker delivers the purchase while its refund is on its way: no order of the two leaves a live token.
  test("and a sale at the same moment leave nothing alive, whichever comes first", async () => {
    await using server = await startTestServer(engine);
    const literal = await server.createManagementToken({ scopes: [...SCOPES] });
    const single = await server.createManagementToken({ scopes: [...SCOPES], credential: "customer" });
    const seen = new Set<number>();
    for (let round = 0; round < 12; round++) {
      const shop = round % 2 === 0 ? literal : single;
      const order_id = `R-${round}`;
      // 0 is nobody, and of nobody's order nothing is remembered.
      const customer_id = round + 1;
      const body = {
        description: "x",
        allowed_package_prefixes: ["acme/"],
        metadata: { customer_id, order_id },
      };
      const sales = [1, 2, 3].map(() => server.api("POST", "/api/tokens", shop, body));
      const revoke = server.api("POST", `/api/orders/${order_id}/revoke`, shop, { customer_id });
      const answers = await Promise.all([...sales.slice(0, round % 3), revoke, ...sales.slice(round % 3)]);
      for (const { status, text } of answers) {
        expect([200, 201, 409], text).toContain(status);
        seen.add(status);
      }
      const listed = await server.api("GET", `/api/tokens?customer_id=${customer_id}&status=active`, shop);
      expect(listed.json(), `round ${round}`).toEqual([]);
    }
    expect(seen.has(200)).toBe(true);
  });

  test("ends nothing where several buyers have the number and none is named, and lists them", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const sold = (metadata: object) => sellToken(server, shop, { metadata: { ...metadata, order_id: "101" } });
    const first = await sold({ customer_id: "7001", customer_email: "a@example.com" });
    const second = await sold({ customer_id: "7002", customer_email: "b@example.com" });
    const guest = await sold({ customer_email: "guest@example.com" });
    const revoke = (body?: object) => server.api("POST", "/api/orders/101/revoke", shop, body);
    const refused = await revoke();
    expect(refused.status).toBe(409);
    expect(refused.json()).toMatchObject({
      errors: [
        { pointer: "/customer_id", detail: "may be 7001" },
        { pointer: "/customer_id", detail: "may be 7002" },
        { pointer: "/customer_email", detail: "may be g…@example.com" },
      ],
    });
    expect(await listedIds(server, shop, "?order_id=101")).toHaveLength(3);
    expect((await revoke({ customer_id: 7002 })).json()).toMatchObject({ customer_id: "7002", tokens: [second.id] });
    expect((await revoke({ customer_id: 0, customer_email: "GUEST@example.com" })).json()).toMatchObject({
      ...{ customer_id: null, tokens: [guest.id] },
    });
    expect(await listedIds(server, shop, "?order_id=101")).toEqual([first.id]);
  });

  test("remembers the end of an order that nobody knows yet, for whoever is named", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const revoke = (body: object) => server.api("POST", "/api/orders/N-1/revoke", shop, body);
    expect((await revoke({})).json()).toMatchObject({ status: 400, errors: [{ pointer: "/customer_id" }] });
    expect((await revoke({ customer_id: "9" })).json()).toMatchObject({ customer_id: "9", tokens_revoked: 0 });
    // Of one buyer only an ending is known: nobody else can be meant.
    expect((await revoke({})).status).toBe(200);
    const states = await server.core.database.db.selectFrom("order_states").selectAll().execute();
    expect(states).toMatchObject([{ order_id: "N-1", within: "", revoked_at: expect.any(Number) as number }]);
    for (const verb of ["restore", "resume"]) {
      const answer = await server.api("POST", `/api/orders/N-2/${verb}`, shop, { customer_id: "9" });
      expect(answer.json(), verb).toMatchObject({ status: 404, code: "resource.not_found" });
    }
  });

  test("keeps to the shop and the bound of the caller: what lies outside goes on and is not told of", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const elsewhere = await server.createManagementToken({ scopes: [...SCOPES], shop: "fr" });
    const metadata = { customer_id: 5, order_id: "B-1" };
    const acme = await sellToken(server, bounded, { metadata });
    const globex = await sellToken(server, owner, { metadata, allowed_package_prefixes: ["globex/"] });
    const french = await sellToken(server, elsewhere, { metadata });
    const hidden = await sellToken(server, owner, {
      ...{ metadata: { customer_id: 6, order_id: "B-1" }, allowed_package_prefixes: ["globex/"] },
    });
    const answer = await server.api("POST", "/api/orders/B-1/revoke", bounded, {});
    expect(answer.json()).toMatchObject({ customer_id: "5", tokens: [acme.id] });
    expect(answer.text).not.toContain(globex.id);
    for (const { token } of [globex, french, hidden]) expect(await statusOf(server, token)).toBe(200);
    // What it remembers holds for purchases within its bound only.
    expect((await server.api("POST", "/api/orders/B-1/revoke", owner, { customer_id: "5" })).json()).toMatchObject({
      tokens: [globex.id],
    });
    expect((await server.api("POST", "/api/orders/B-1/revoke?shop=fr", bounded, {})).status).toBe(404);
  });

  test("leaves the credential by which a customer reads what is in its days of grace", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const metadata = { customer_id: 8, order_id: "L-1" };
    const credential = await sellToken(server, shop, { access: "customer", metadata });
    const terms = { package: "acme/core", expires_at: NOW + 10, grace_days: 3 };
    expect((await server.api("PUT", "/api/customers/8/grants/default/L-2/1", shop, terms)).status).toBe(201);
    server.clock.advanceSeconds(86_400);
    const revoked = await server.api("POST", "/api/orders/L-1/revoke", shop, {});
    expect(revoked.json()).toMatchObject({ tokens: [], tokens_kept: [credential.id] });
    server.clock.advanceSeconds(3 * 86_400);
    expect((await server.api("POST", "/api/orders/L-1/revoke", shop, {})).json()).toMatchObject({
      tokens: [credential.id],
      tokens_kept: [],
    });
  });

  test("ends what the order's lines granted, and a credential only when nothing else of the customer is alive", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const metadata = { customer_id: 8, order_id: "L-1" };
    const credential = await sellToken(server, shop, { access: "customer", metadata });
    for (const [order, name] of [
      ["L-1", "acme/core"],
      ["L-2", "acme/theme"],
    ] as const) {
      const put = await server.api("PUT", `/api/customers/8/grants/default/${order}/1`, shop, { package: name });
      expect(put.status, put.text).toBe(201);
    }
    server.clock.advanceSeconds(1);
    const first = (await server.api("POST", "/api/orders/L-1/revoke", shop, {})).json();
    expect(first).toMatchObject({ tokens: [], tokens_kept: [credential.id], grants_revoked: 1 });
    expect(await statusOf(server, credential.token)).toBe(200);
    server.clock.advanceSeconds(1);
    await server.api("POST", "/api/orders/L-2/revoke", shop, {});
    const last = (await server.api("POST", "/api/orders/L-1/revoke", shop, {})).json();
    expect(last).toMatchObject({ tokens: [credential.id], tokens_kept: [] });
    expect(await statusOf(server, credential.token)).toBe(401);
  });
});

describe.each(testEngines)("POST /api/orders/{order_id}/restore on %s", (engine) => {
  test("takes the last revocation back for 30 days, with the same secrets, and no earlier one", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const metadata = { customer_id: 3, order_id: "R-1" };
    const credential = await sellToken(server, shop, { access: "customer", metadata: { customer_id: 3 } });
    const earlier = await sellToken(server, shop, { metadata });
    const revoke = () => server.api("POST", "/api/orders/R-1/revoke", shop, { reason: "Refund 1" });
    const restore = () => server.api("POST", "/api/orders/R-1/restore", shop, {});
    expect((await restore()).json()).toMatchObject({ message: "Order was not revoked" });
    await revoke();
    server.clock.advanceSeconds(1);
    const later = await sellToken(server, shop, { metadata, again: true });
    await server.api("PUT", "/api/customers/3/grants/default/R-1/1", shop, { package: "acme/core" });
    server.clock.advanceSeconds(1);
    await revoke();
    server.clock.advanceSeconds(30 * DAY - 1);
    const restored = (await restore()).json();
    expect(restored).toMatchObject({ message: "Order restored", tokens: [later.id], grants_restored: 1 });
    expect([await statusOf(server, later.token), await statusOf(server, earlier.token)]).toEqual([200, 401]);
    const asked = "/api/access/explain?customer_id=3&package=acme/core";
    expect((await server.api("GET", asked, shop)).json()).toMatchObject({ grants: [{ revoked_at: null }] });
    expect(credential.id).toBeTruthy();
    expect((await restore()).json()).toMatchObject({ message: "Order was not revoked" });
    await revoke();
    server.clock.advanceSeconds(30 * DAY);
    expect((await restore()).json()).toMatchObject({ status: 409 });
    const [record] = await recordsOf(server, "order.restored");
    expect(record).toMatchObject({ target_kind: "order", target_id: "R-1" });
  });

  test("brings back nothing of a customer who was revoked or handed over since", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const sold = await sellToken(server, shop, { metadata: { customer_id: 4, order_id: "R-2" } });
    await server.api("POST", "/api/orders/R-2/revoke", shop, {});
    server.clock.advanceSeconds(1);
    await server.api("POST", "/api/customers/4/revoke", shop);
    expect((await server.api("POST", "/api/orders/R-2/restore", shop)).json()).toMatchObject({ status: 409 });
    await server.api("POST", "/api/customers/4/restore", shop);
    await server.api("POST", "/api/customers/4/transfer", shop, { email: "new@example.com" });
    expect((await server.api("POST", "/api/orders/R-2/restore", shop)).json()).toMatchObject({ tokens: [] });
    expect(await statusOf(server, sold.token)).toBe(401);
  });
});
