import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { raiseAttention } from "../attention/index.ts";
import type { NewAttention } from "../attention/index.ts";
import { SCOPES } from "../callers/index.ts";

interface Entry {
  id: string;
  kind: string;
  title: string;
  what_to_do: string;
  times: number;
  customer_id: string | null;
}

async function raise(server: TestServer, entry: Partial<NewAttention>): Promise<void> {
  await server.core.database.transaction((trx) =>
    raiseAttention(server.core, trx, {
      ...{ kind: "order.another_buyer", shop: "default", customer: null },
      ...{ subject: { kind: "order", id: "1001" }, details: { order_id: "1001" }, ...entry },
    }),
  );
}

async function entries(server: TestServer, by: string, query = ""): Promise<Entry[]> {
  const answer = await server.api("GET", `/api/attention${query}`, by);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Entry[];
}

async function customerOf(server: TestServer, customerId: string): Promise<string> {
  const { db } = server.core.database;
  return (await db.selectFrom("customers").select("id").where("customer_id", "=", customerId).executeTakeFirstOrThrow())
    .id;
}

describe.each(testEngines)("what needs attention on %s", (engine) => {
  test("is listed once however often it happens, until somebody dismisses it, and again when it happens again", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    await sellToken(server, shop);
    await raise(server, {});
    server.clock.advanceSeconds(5);
    await raise(server, { kind: "order.paid_after_end", subject: { kind: "order", id: "1002" } });
    server.clock.advanceSeconds(5);
    await raise(server, {});
    const [first, second] = await entries(server, shop);
    expect(first).toMatchObject({ kind: "order.another_buyer", times: 2, subject: { kind: "order", id: "1001" } });
    expect(first?.title).toContain("1001");
    expect(first?.what_to_do).not.toBe("");
    expect(second).toMatchObject({ kind: "order.paid_after_end", times: 1 });
    expect(await entries(server, shop, "?kind=order.paid_after_end")).toHaveLength(1);
    const page = await server.api("GET", "/api/attention?limit=1", shop);
    expect(page.json()).toMatchObject([{ id: first?.id }]);
    const next = /[?&]cursor=([^>&]+)/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
    expect(await entries(server, shop, `?limit=1&cursor=${next}`)).toMatchObject([{ id: second?.id }]);
    for (let turn = 0; turn < 2; turn++) {
      const dismissed = await server.api("POST", `/api/attention/${first?.id ?? ""}/dismiss`, shop, {});
      expect(dismissed.json()).toMatchObject({ id: first?.id, dismissed_at: expect.any(Number) as unknown });
    }
    expect(await entries(server, shop)).toMatchObject([{ id: second?.id }]);
    expect(await entries(server, shop, "?status=dismissed")).toMatchObject([{ id: first?.id }]);
    expect(await entries(server, shop, "?status=all")).toHaveLength(2);
    const { db } = server.core.database;
    const records = await db
      .selectFrom("audit_events")
      .select("id")
      .where("action", "=", "attention.dismissed")
      .execute();
    expect(records).toHaveLength(1);
    await raise(server, {});
    expect(await entries(server, shop)).toMatchObject([{ id: first?.id, times: 3 }, { id: second?.id }]);
  });

  test("of another shop, or about something outside of a bound, does not exist", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const acme = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const elsewhere = await server.createManagementToken({ scopes: [...SCOPES], shop: "us" });
    const sell = (order_id: string, prefix: string) =>
      sellToken(server, owner, {
        ...{ allowed_package_prefixes: [prefix], metadata: { customer_id: order_id, order_id } },
      });
    const inside = await sell("inside", "acme/");
    const outside = await sell("outside", "globex/");
    for (const order_id of ["inside", "outside"]) {
      await raise(server, { subject: { kind: "order", id: order_id }, details: { order_id } });
      const customer = await customerOf(server, order_id);
      await raise(server, {
        ...{ kind: "customer.another_address", customer, subject: { kind: "customer", id: customer } },
        details: { order_id },
      });
    }
    await raise(server, { subject: { kind: "token", id: inside.id } });
    await raise(server, { subject: { kind: "token", id: outside.id } });
    await raise(server, { subject: { kind: "something", id: "else" } });
    expect(await entries(server, owner)).toHaveLength(7);
    expect(await entries(server, elsewhere)).toEqual([]);
    const seen = await entries(server, acme);
    expect(seen).toHaveLength(3);
    expect(JSON.stringify(seen)).not.toMatch(/outside|else/);
    const hidden = (await entries(server, owner)).filter(({ id }) => !seen.some((one) => one.id === id));
    for (const { id } of hidden) {
      for (const by of [acme, elsewhere]) {
        expect((await server.api("POST", `/api/attention/${id}/dismiss`, by, {})).status).toBe(404);
      }
    }
    expect(await entries(server, owner)).toHaveLength(7);
  });

  test("goes with the customer it is about", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const { id } = await sellToken(server, owner, { metadata: { customer_id: "c1", order_id: "o1" } });
    const customer = await customerOf(server, "c1");
    await raise(server, { customer });
    await raise(server, { subject: { kind: "token", id } });
    await raise(server, { subject: { kind: "order", id: "of somebody else" } });
    const erased = await server.api("POST", "/api/customers/c1/erase", owner, { confirm: "c1" });
    expect(erased.status, erased.text).toBe(200);
    expect(await entries(server, owner, "?status=all")).toMatchObject([{ subject: { id: "of somebody else" } }]);
  });
});
