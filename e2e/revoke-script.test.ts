import { describe, expect, test } from "vitest";
import { testEngines } from "../src/testing/database.ts";
import { sellToken } from "../src/testing/sales.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import { startPhpShop } from "./support/php-shop.ts";

// The guide's script puts the id into the address as it is. Ids like these are what shops have: EDD takes the address.
const IDS = ["joe+wp@example.com", "50%off", "x/y", "a+b+c", "7"];

describe.each(testEngines)("the guide's revoke script, unchanged, on %s", (engine) => {
  test("ends everything of a customer whose id is not plain, and nothing of anybody else", async () => {
    await using server = await startTestServer(engine);
    const managementToken = await server.createManagementToken({ scopes: ["tokens:read", "tokens:write"] });
    await using shop = await startPhpShop({ brokerUrl: server.url, managementToken });
    const bystander = await sellToken(server, managementToken, { metadata: { customer_id: "joe@example.com" } });
    for (const customer_id of IDS) {
      const sold = [];
      for (let order_id = 1; order_id <= 2; order_id++) {
        sold.push(await sellToken(server, managementToken, { metadata: { customer_id, order_id } }));
      }
      expect(await shop.revoke(customer_id), customer_id).toEqual({ status: 200, body: "" });
      for (const { token } of sold) {
        expect((await server.composer("/packages.json", token)).status, customer_id).toBe(401);
      }
    }
    expect((await server.composer("/packages.json", bystander.token)).status).toBe(200);
    expect(await shop.errors()).toEqual([]);
  });
});
