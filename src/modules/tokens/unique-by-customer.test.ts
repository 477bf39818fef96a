import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";

const sale = (customer_id: string | number, more = {}) => ({
  ...{ description: "A sale", access: "customer", unique_by: "customer", metadata: { customer_id, order_id: "o1" } },
  ...more,
});

describe.each(testEngines)('"unique_by": "customer" on %s', (engine) => {
  test("makes one token of parallel first orders, and shows its secret once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const orders = ["o1", "o2", "o3", "o4"].map((order_id) => sale(901, { metadata: { customer_id: 901, order_id } }));
    const answers = await Promise.all(orders.map((order) => server.api("POST", "/api/tokens", shop, order)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(answers.filter(({ text }) => text.includes("pbt_"))).toHaveLength(1);
    expect(new Set(answers.map((answer) => (answer.json() as { id: string }).id)).size).toBe(1);
    // The customer is the key: no order is made up for it.
    expect((await server.api("GET", "/api/tokens?customer_id=901", shop)).json()).toHaveLength(1);
    expect((await sellToken(server, shop, sale(902))).id).not.toBe((answers[0]?.json() as { id: string }).id);
  });

  test("as a setting it is for those sales only that read what is granted", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "customer" });
    const first = await sellToken(server, shop, sale(1, { unique_by: null }));
    const again = await server.api("POST", "/api/tokens", shop, sale(1, { unique_by: null }));
    expect([again.status, again.json()]).toMatchObject([200, { id: first.id, duplicate: true }]);
    const { id } = await sellToken(server, shop, sale(1, { unique_by: "none" }));
    const own = await sellToken(server, shop, sale(1, { unique_by: null, access: "own" }));
    expect(new Set([first.id, id, own.id]).size).toBe(3);
  });

  test("sells anew after an end, and beside a token of a narrower bound or one the caller does not see", async () => {
    await using server = await startTestServer(engine);
    const wide = await server.createManagementToken();
    const narrow = await server.createManagementToken({ prefixes: ["acme/"] });
    const ofNarrow = await sellToken(server, narrow, sale(1));
    const ofWide = await sellToken(server, wide, sale(1));
    const again = await server.api("POST", "/api/tokens", narrow, sale(1));
    expect([again.status, again.json()]).toMatchObject([200, { id: ofNarrow.id }]);
    await server.api("DELETE", `/api/tokens/${ofWide.id}`, wide);
    const anew = await sellToken(server, wide, sale(1));
    expect(new Set([ofNarrow.id, ofWide.id, anew.id]).size).toBe(3);
  });

  test("a second token for somebody who has one is told of, unless both read all of theirs", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const bounded = await server.createManagementToken({ prefixes: ["acme/"] });
    const first = await sellToken(server, shop, {
      metadata: { customer_id: 5 },
      allowed_package_prefixes: ["globex/"],
    });
    const sell = async (by: string, body: object) =>
      ((await server.api("POST", "/api/tokens", by, { description: "x", ...body })).json() as { warnings?: string[] })
        .warnings ?? [];
    const own = { metadata: { customer_id: 5 }, allowed_package_prefixes: ["acme/"] };
    expect(await sell(shop, own)).toEqual([expect.stringContaining(`…${first.token.slice(-4)}`)]);
    const others = { ...own, metadata: { customer_id: 6 } };
    expect(await sell(shop, others)).toEqual([]);
    await sellToken(server, shop, { access: "customer", metadata: { customer_id: 7 } });
    expect(await sell(shop, { access: "customer", metadata: { customer_id: 7 } })).toEqual([]);
    // What lies outside of a bound is not told of.
    await sellToken(server, shop, { metadata: { customer_id: 8 }, allowed_package_prefixes: ["globex/"] });
    expect(await sell(bounded, { metadata: { customer_id: 8 } })).toEqual([]);
  });
});
