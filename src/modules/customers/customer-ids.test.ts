import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";

describe.each(testEngines)("blanks around ids on %s", (engine) => {
  // "42 " from an import and "42" from the shop were two customers, and ending one left the other.
  test("name the customer and the order without them", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const metadata = [
      { customer_id: "42", order_id: "SR-1" },
      { customer_id: " 42 ", order_id: " SR-1\t" },
      { customer_id: "42\u00a0", order_id: "SR-1" },
    ];
    const sold = [];
    for (const one of metadata) sold.push((await sellToken(server, shop, { metadata: one })).id);
    for (const query of ["customer_id=42", "customer_id=%2042%20", "order_id=SR-1"]) {
      expect((await listedIds(server, shop, `?${query}`)).sort(), query).toEqual([...sold].sort());
    }
    const { db } = server.core.database;
    expect(await db.selectFrom("customers").select("customer_id").execute()).toEqual([{ customer_id: "42" }]);
  });

  test("only of them are no id: a guest's order", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { metadata: { customer_id: " ", order_id: "  " } });
    await sellToken(server, shop, { metadata: { customer_id: " 0 " } });
    const { db } = server.core.database;
    expect(await db.selectFrom("customers").selectAll().execute()).toEqual([]);
    const row = await db.selectFrom("tokens").select(["order_id"]).where("id", "=", id).executeTakeFirst();
    expect(row).toEqual({ order_id: null });
  });

  test("stay those of a customer who was made with them, before they meant nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await sellToken(server, shop, { metadata: { customer_id: "42" } });
    const { db } = server.core.database;
    const made = { created_at: 1, updated_at: 1 };
    const old = { id: "cust_old", shop: "default", customer_id: "42 ", email: null, erased_at: null, ...made };
    await db.insertInto("customers").values(old).execute();
    const { id } = await sellToken(server, shop, { metadata: { customer_id: "42 " } });
    expect(await listedIds(server, shop, "?customer_id=42%20")).toEqual([id]);
    expect(await listedIds(server, shop, "?customer_id=42")).toHaveLength(1);
    const page = await server.api("GET", "/api/customers/42%20", shop);
    expect(page.json()).toMatchObject({ id: "cust_old", variants: ["42"], also_known_as: [] });
    expect((await server.api("GET", "/api/customers/42", shop)).json()).toMatchObject({ variants: ["42 "] });
    const support = await server.createManagementToken({ scopes: ["customers:write", "customers:read"] });
    const merge = { into: "42", rotate: false };
    expect((await server.api("POST", "/api/customers/42%20/merge", support, merge)).status).toBe(200);
    const merged = await server.api("GET", "/api/customers/42", shop);
    expect(merged.json()).toMatchObject({ variants: [], also_known_as: ["42 "] });
  });
});
