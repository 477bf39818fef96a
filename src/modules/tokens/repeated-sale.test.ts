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

  test("a purchase delivered after its cancellation sells nothing, and says what became of the token", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    const { id, token } = await sellToken(server, shop, sale("o1"));
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    const late = await server.api("POST", "/api/tokens", shop, sale("o1"));
    expect(late.json()).toMatchObject({ id, token, status: "revoked", duplicate: true });
    expect((await server.composer("/packages.json", token)).status).toBe(401);
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
