import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import type { SoldToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";

const DAY = 24 * 3600;
/** As a handler sends it that knows nothing of repetitions: another end each time. */
const sale = (order_id: unknown, expires_at = 1_900_000_000) => ({
  ...{ description: "A sale", expires_at, metadata: { customer_id: "c", order_id } },
});

describe.each(testEngines)('with the setting "unique_by": "order" of a management token on %s', (engine) => {
  test("a purchase delivered again is answered as at first, with the one token, also all at once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => server.api("POST", "/api/tokens", shop, sale("order no. 1", 1_900_000_000 + n))),
    );
    server.clock.advanceSeconds(7 * DAY - 1);
    answers.push(await server.api("POST", "/api/tokens", shop, sale("order no. 1")));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
    const sold = answers.map((answer) => answer.json() as SoldToken & { duplicate?: true });
    expect(new Set(sold.map(({ token }) => token)).size).toBe(1);
    expect(sold.filter(({ duplicate }) => duplicate === undefined)).toHaveLength(1);
    expect((await server.composer("/packages.json", sold[0]?.token)).status).toBe(200);
    const { db } = server.core.database;
    expect(await db.selectFrom("tokens").selectAll().execute()).toHaveLength(1);
    const events = await db.selectFrom("audit_events").select("action").where("target_kind", "=", "token").execute();
    expect(events).toEqual([{ action: "token.created" }]);
    // At rest it is sealed, under a name that says nothing of the order.
    const kept = JSON.stringify(await db.selectFrom("idempotency_keys").selectAll().execute());
    expect(kept).not.toContain(sold[0]?.token ?? "");
    expect(kept).not.toContain("order no. 1");
  });

  // A handler mails what is there: an answer of 2xx without a token would mail "undefined".
  test("an answer that cannot hold the secret is a conflict: after a week, after a rotation, of another caller's sale", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const again = async (order: string) => (await server.api("POST", "/api/tokens", shop, sale(order))).json();
    const rotated = await sellToken(server, shop, sale("rotated"));
    await server.api("POST", `/api/tokens/${rotated.id}/rotate`, shop, {});
    const explicit = await sellToken(server, shop, { ...sale("explicit"), unique_by: "order" });
    const old = await sellToken(server, shop, sale("old"));
    for (const [order, { id }] of Object.entries({ rotated, explicit })) {
      expect(await again(order)).toMatchObject({
        ...{ status: 409, code: "resource.conflict", detail: expect.stringContaining(id) as unknown },
      });
    }
    server.clock.advanceSeconds(7 * DAY);
    expect(await again("old")).toMatchObject({ status: 409, detail: expect.stringContaining(old.id) as unknown });
    const { db } = server.core.database;
    expect(await db.selectFrom("tokens").select("id").execute()).toHaveLength(3);
  });

  test("a purchase delivered after its cancellation sells nothing and hands out nothing, and somebody is told", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const { id, token } = await sellToken(server, shop, sale("o1"));
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    for (let turn = 0; turn < 2; turn++) {
      const late = await server.api("POST", "/api/tokens", shop, sale("o1"));
      expect(late.json()).toMatchObject({ status: 409, code: "sale.ended" });
      expect((late.json() as { detail: string }).detail).toContain(`/api/tokens/${id}/restore`);
      expect(late.text).not.toContain(token);
    }
    const entries = (await server.api("GET", "/api/attention", shop)).json();
    expect(entries).toMatchObject([{ kind: "order.paid_after_end", times: 2, customer_id: "c" }]);
    const anew = await sellToken(server, shop, { ...sale("o1"), again: true });
    expect(anew.id).not.toBe(id);
    expect((await server.composer("/packages.json", anew.token)).status).toBe(200);
    // From then on it is the one that is alive, for whoever asks.
    expect(await sellToken(server, shop, { ...sale("o1"), again: true })).toMatchObject({ token: anew.token });
    expect(await sellToken(server, shop, sale("o1"))).toMatchObject({ id: anew.id, token: anew.token });
    const asked = await server.api("POST", "/api/tokens", shop, { ...sale("o1"), unique_by: "order" });
    expect([asked.status, asked.json()]).toMatchObject([200, { id: anew.id, status: "active" }]);
  });

  test("parallel purchases again after an end make one token", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const { id } = await sellToken(server, shop, sale("o1"));
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    const answers = await Promise.all([1, 2, 3, 4].map(() => sellToken(server, shop, { ...sale("o1"), again: true })));
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1);
  });

  test("an order that ended as a whole before it was sold is not sold by a late purchase", async () => {
    await using server = await startTestServer(engine);
    const plain = await server.createManagementToken();
    const { db } = server.core.database;
    await sellToken(server, plain, sale("before"));
    const { id: customer } = await db.selectFrom("customers").select("id").executeTakeFirstOrThrow();
    await db
      .insertInto("order_states")
      .values({
        ...{ shop: "default", order_id: "o1", buyer: customer, within: "", revoked_at: 1, suspended_at: null },
        ...{ cancellations_before: null, created_at: 1, updated_at: 1 },
      })
      .execute();
    for (const body of [sale("o1"), { ...sale("o1"), unique_by: "order" }]) {
      const late = await server.api("POST", "/api/tokens", plain, body);
      expect(late.json()).toMatchObject({ status: 409, code: "sale.ended" });
    }
    await sellToken(server, plain, { ...sale("o1"), again: true });
    const other = { ...sale("o1"), metadata: { customer_id: "d", order_id: "o1" } };
    await sellToken(server, plain, other);
  });

  // Staging copies, two sites on one key, numbers that begin again.
  test("never hands buyer B the secret of buyer A, nor anything else of A", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const buyers: Record<string, Record<string, string | number>> = {
      a: { customer_id: 7001, customer_email: "buyer-a@example.com" },
      b: { customer_id: 7002, customer_email: "buyer-b@example.com" },
      guest: { customer_email: "guest@example.com" },
      another: { customer_email: "another@example.com" },
      nobody: {},
    };
    const saleOf = (buyer: string, body = {}) => ({
      ...{ description: `Sold to ${buyer}`, allowed_package_prefixes: ["acme/"] },
      ...{ metadata: { ...buyers[buyer], order_id: "101" }, ...body },
    });
    const secrets = new Map<string, string>();
    for (const buyer of Object.keys(buyers)) {
      const answers = await Promise.all([1, 2, 3].map(() => server.api("POST", "/api/tokens", shop, saleOf(buyer))));
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      const tokens = new Set(answers.map((answer) => (answer.json() as SoldToken).token));
      expect(tokens.size).toBe(1);
      const first = answers.find((answer) => !answer.text.includes('"duplicate"'));
      const warned = (first?.json() as { warnings?: string[] }).warnings ?? [];
      expect(warned.some((text) => text.includes("another buyer"))).toBe(secrets.size > 0);
      for (const answer of answers) {
        for (const other of Object.keys(buyers).filter((name) => name !== buyer)) {
          const { customer_email, customer_id } = buyers[other] ?? {};
          if (customer_email !== undefined) expect(answer.text).not.toContain(customer_email);
          if (customer_id !== undefined) expect(answer.text).not.toContain(`"customer_id":${customer_id}`);
          const secret = secrets.get(other);
          if (secret !== undefined) expect(answer.text).not.toContain(secret);
        }
      }
      secrets.set(buyer, [...tokens][0] ?? "");
    }
    expect(new Set(secrets.values()).size).toBe(5);
    // The case of an address is nobody else, and neither is a number that is written as text.
    const loud = { metadata: { customer_email: "GUEST@example.com", order_id: 101 } };
    expect(await sellToken(server, shop, saleOf("guest", loud))).toMatchObject({ token: secrets.get("guest") });
    // Asked for in words the answer shows what is the buyer's own.
    const asked = await server.api("POST", "/api/tokens", shop, saleOf("b", { unique_by: "order" }));
    expect(asked.json()).toMatchObject({ duplicate: true, metadata: buyers["b"] });
    const entries = (await server.api("GET", "/api/attention", shop)).json() as object[];
    expect(entries).toHaveLength(4);
    expect(entries[0]).toMatchObject({ kind: "order.another_buyer", subject: { kind: "order", id: "101" } });
    const { db } = server.core.database;
    const records = db.selectFrom("audit_events").select("id").where("action", "=", "token.sold_to_another_buyer");
    expect(await records.execute()).toHaveLength(4);
  });

  test("finds the order's token however it was made, the one that is alive first", async () => {
    await using server = await startTestServer(engine);
    const plain = await server.createManagementToken();
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const { db } = server.core.database;
    // By the handler of the spec, before the setting was on.
    const { id } = await sellToken(server, plain, sale("o1"));
    const again = await server.api("POST", "/api/tokens", shop, sale("o1"));
    expect(again.json()).toMatchObject({ status: 409, detail: expect.stringContaining(id) as unknown });
    // By an older release, whose key is the plain number.
    const old = await sellToken(server, shop, sale("o2"));
    await db.updateTable("tokens").set({ unique_order_id: "o2" }).where("id", "=", old.id).execute();
    await sellToken(server, shop, { ...sale("o2"), metadata: { customer_id: "other", order_id: "o2" } });
    expect(await sellToken(server, shop, sale("o2"))).toMatchObject({ id: old.id });
    await server.api("DELETE", `/api/tokens/${old.id}`, shop);
    const alive = await sellToken(server, plain, sale("o2"));
    const asked = await server.api("POST", "/api/tokens", shop, { ...sale("o2"), unique_by: "order" });
    expect(asked.json()).toMatchObject({ id: alive.id, status: "active", duplicate: true });
    expect(await db.selectFrom("tokens").select("id").execute()).toHaveLength(4);
  });

  test("a repetition that asks for more is told so and changes nothing; one that is merely later is not", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const body = (prefixes: string[], expires_at: number | null) => ({
      ...{ ...sale("UPS-1"), allowed_package_prefixes: prefixes, expires_at },
    });
    const first = await sellToken(server, shop, body(["acme/checkout"], 1_900_000_000));
    const ask = async (prefixes: string[], expires_at: number | null, more = {}) => {
      const answer = await server.api("POST", "/api/tokens", shop, { ...body(prefixes, expires_at), ...more });
      expect(answer.json()).toMatchObject({ id: first.id, allowed_package_prefixes: ["acme/checkout"] });
      return (answer.json() as { warnings?: string[] }).warnings ?? [];
    };
    server.clock.advanceSeconds(3 * DAY);
    expect(await ask(["acme/checkout"], 1_900_000_000 + 3 * DAY)).toEqual([]);
    const wider = await ask(["acme/checkout", "acme/theme"], 1_900_000_000);
    expect(wider).toEqual([expect.stringContaining("acme/theme")]);
    expect(wider[0]).not.toContain("acme/checkout,");
    for (const later of [null, 1_900_000_000 + 365 * DAY]) {
      for (const more of [{}, { unique_by: "order" }]) {
        expect(await ask(["acme/checkout"], later, more)).toEqual([expect.stringContaining("expires_at")]);
      }
    }
  });

  // The buyer would be told to configure what opens nothing.
  test("a suspended token's secret is in no answer", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const { id, token } = await sellToken(server, shop, sale("o1"), { "idempotency-key": "k" });
    const { db } = server.core.database;
    await db.updateTable("tokens").set({ suspended_at: 1 }).where("id", "=", id).execute();
    for (const headers of [{}, { "idempotency-key": "k" }]) {
      const again = await server.api("POST", "/api/tokens", shop, sale("o1"), headers);
      expect(again.json()).toMatchObject({ status: 409, detail: expect.stringContaining("suspended") as unknown });
      expect(again.text).not.toContain(token);
    }
  });

  test("a sale may say otherwise, and one without an order is not unique", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const ids = async (body: Record<string, unknown>) => {
      const [one, other] = [await sellToken(server, shop, body), await sellToken(server, shop, body)];
      return new Set([one.id, other.id]).size;
    };
    expect(await ids({ ...sale("o1"), unique_by: "none" })).toBe(2);
    expect(await ids(sale(null))).toBe(2);
    // Null is absent, as everywhere.
    expect(await ids({ ...sale("o2"), unique_by: null })).toBe(1);
    // What is asked for in words is answered in words: no secret is shown again.
    await sellToken(server, shop, { ...sale("o3"), unique_by: "order" });
    const asked = await server.api("POST", "/api/tokens", shop, { ...sale("o3"), unique_by: "order" });
    expect([asked.status, asked.json()]).toMatchObject([200, { duplicate: true }]);
    expect(asked.json()).not.toHaveProperty("token");
  });

  test("orders of other shops and of tokens without the setting are their own", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const elsewhere = await server.createManagementToken({ uniqueBy: "order", shop: "us" });
    const plain = await server.createManagementToken();
    const ids = [];
    for (const by of [shop, elsewhere, plain, plain]) ids.push((await sellToken(server, by, sale("o1"))).id);
    expect(new Set(ids).size).toBe(4);
    // Whoever may not see the token is not shown its secret either.
    const bounded = await server.createManagementToken({ uniqueBy: "order", prefixes: ["acme/"] });
    const refused = await server.api("POST", "/api/tokens", bounded, sale("o1"));
    expect(refused.json()).toMatchObject({ status: 409, code: "resource.conflict" });
    expect(refused.text).not.toContain(ids[0]);
  });
});
