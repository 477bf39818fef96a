import { expect, test } from "vitest";
import { startPhpShop } from "./php-shop.ts";
import { runNodePurchase } from "./shop-handlers.ts";
import { startStubBroker } from "./stub-broker.ts";

const CREATED = { "POST /api/tokens": { status: 201, body: { id: "token_1", token: "pbt_secret" } } };

test("the PHP purchase handler asks for a token and mails it", async () => {
  await using broker = await startStubBroker(() => CREATED);
  await using shop = await startPhpShop({ brokerUrl: broker.url, managementToken: "pbm_1", vendorPrefix: "acme/" });
  const sale = { customer_id: 42, customer_email: "jane@example.com", order_id: "order_1" };
  expect(await shop.purchase(sale)).toEqual({ status: 200, body: "" });
  expect(await shop.mails()).toEqual([{ email: "jane@example.com", token: "pbt_secret", orderId: "order_1" }]);
  expect(await shop.errors()).toEqual([]);
  expect(broker.requests).toHaveLength(1);
  expect(broker.requests[0]).toMatchObject({ authorization: "Bearer pbm_1", contentType: "application/json" });
  expect(JSON.parse(broker.requests[0]?.body ?? "")).toMatchObject({
    description: "Customer: jane@example.com (Order: order_1)",
    allowed_package_prefixes: ["acme/"],
    metadata: { customer_id: 42, customer_email: "jane@example.com", order_id: "order_1" },
  });
});

test("the PHP purchase handler sends null for what the shop does not know", async () => {
  await using broker = await startStubBroker(() => CREATED);
  await using shop = await startPhpShop({ brokerUrl: broker.url, managementToken: "pbm_1" });
  await shop.purchase({ customer_id: 42 });
  expect(JSON.parse(broker.requests[0]?.body ?? "")).toMatchObject({
    description: "Customer:  (Order: )",
    allowed_package_prefixes: ["your-vendor/"],
    metadata: { customer_id: 42, customer_email: null, order_id: null },
  });
  expect(await shop.mails()).toEqual([{ email: null, token: "pbt_secret", orderId: null }]);
  expect((await shop.errors()).join("\n")).toContain('Undefined array key "order_id"');
});

test("the PHP purchase handler logs what it was refused, and mails nothing", async () => {
  await using broker = await startStubBroker(() => ({ "POST /api/tokens": { status: 403, body: { code: "no" } } }));
  await using shop = await startPhpShop({ brokerUrl: broker.url, managementToken: "pbm_1" });
  await shop.purchase({ customer_id: 1, customer_email: "a@example.com", order_id: 7 });
  expect(await shop.mails()).toEqual([]);
  expect(await shop.errors()).toEqual(['Failed to create token: {"code":"no"}']);
});

test("the PHP revoke script deletes every token it is shown", async () => {
  await using broker = await startStubBroker(() => ({
    "GET /api/tokens?customer_id=cust_1": { body: [{ id: "token_1" }, { id: "token_2" }] },
    "DELETE /api/tokens/token_1": { body: { message: "Token revoked" } },
    "DELETE /api/tokens/token_2": { body: { message: "Token revoked" } },
  }));
  await using shop = await startPhpShop({ brokerUrl: broker.url, managementToken: "pbm_1" });
  expect(await shop.revoke("cust_1")).toEqual({ status: 200, body: "" });
  expect(broker.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /api/tokens?customer_id=cust_1",
    "DELETE /api/tokens/token_1",
    "DELETE /api/tokens/token_2",
  ]);
  expect(new Set(broker.requests.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer pbm_1"]));
  expect(await shop.errors()).toEqual([]);
});

test("the Node purchase handler asks for a token and mails it", async () => {
  await using broker = await startStubBroker(() => CREATED);
  const sale = { customerId: 42, customerEmail: "jane@example.com" };
  const settings = { brokerUrl: broker.url, managementToken: "pbm_1", vendorPrefix: "acme/" };
  expect(await runNodePurchase(sale, settings)).toEqual({
    result: { success: true, token: "pbt_secret" },
    error: undefined,
    mails: [{ email: "jane@example.com", token: "pbt_secret", orderId: null }],
    errors: [],
  });
  const request = broker.requests[0];
  expect(request).toMatchObject({ authorization: "Bearer pbm_1", contentType: "application/json" });
  // JSON has no undefined: what the shop does not know is not in the request at all.
  expect((JSON.parse(request?.body ?? "") as Record<string, unknown>)["metadata"]).toEqual({
    customer_id: 42,
    customer_email: "jane@example.com",
  });
});

test("the Node purchase handler throws what it was refused, and mails nothing", async () => {
  await using broker = await startStubBroker(() => ({ "POST /api/tokens": { status: 401, body: { code: "no" } } }));
  const purchase = await runNodePurchase({}, { brokerUrl: broker.url, managementToken: "pbm_1" });
  expect(purchase).toMatchObject({
    result: undefined,
    mails: [],
    errors: [["Failed to create token:", { code: "no" }]],
  });
  expect(purchase.error).toMatchObject({ message: "Request failed with status code 401" });
});
