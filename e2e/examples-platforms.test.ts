import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { LANGUAGES, startExampleShop } from "./support/example-shop.ts";
import type { ExampleShop } from "./support/example-shop.ts";

const DAY = 86_400;
const NOW = Math.floor(Date.now() / 1000);
const SCOPES = "tokens:write,tokens:read,grants:write,grants:read";

let broker: BrokerProcess;
let managementToken: string;

beforeAll(async () => {
  broker = await startBroker();
  const create = ["management-token", "create", "--name", "shop", "--scopes", SCOPES];
  managementToken = await broker.cliOrFail([...create, "--prefix", "your-vendor/"]);
});
afterAll(() => broker[Symbol.asyncDispose]());

async function get<T>(target: string): Promise<T> {
  const answer = await broker.api("GET", target, managementToken);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as T;
}

async function lineOf(customer: number | string, order: string, line: string) {
  const { status, expires_at } = await get<{ status: string; expires_at: number | null }>(
    `/api/customers/${customer}/grants/default/${order}/${line}`,
  );
  return { status, expires_at };
}

const tokensOf = (query: string) => get<{ status: string }[]>(`/api/tokens?status=all&${query}`);

/** The far side: a platform's REST API, as far as the examples read it. `answers` by path without the query. */
async function startPlatform(answers: Record<string, unknown>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://platform");
    asked.push(`${request.headers.authorization === undefined ? "without a key " : ""}${request.url ?? ""}`);
    const answer = answers[url.pathname];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const gmt = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19);

/** The fields of a real order that matter, and some that do not. */
function wooOrder(id: number, more: object = {}) {
  return {
    id,
    number: `2026-${id}`,
    status: "completed",
    currency: "EUR",
    date_modified_gmt: gmt(NOW - 500),
    date_paid_gmt: gmt(NOW - 1000),
    customer_id: 5000 + id,
    billing: { first_name: "Änne", last_name: "Ek", email: `buyer-${id}@example.com` },
    line_items: [
      { id: 311, product_id: 42, variation_id: 0, sku: "CHECKOUT", quantity: 1, total: "99.00" },
      { id: 312, product_id: 43, variation_id: 0, sku: "THEME", quantity: 1, total: "49.00" },
      { id: 313, product_id: 44, variation_id: 0, sku: null, quantity: 1, total: "9.00" },
    ],
    refunds: [],
    ...more,
  };
}

describe.each(LANGUAGES)("WooCommerce and examples/%s", (language) => {
  const startShop = (platform?: { url: string }): Promise<ExampleShop> =>
    startExampleShop(language, "woocommerce", {
      brokerUrl: broker.url,
      managementToken,
      more: { WOO_URL: platform?.url ?? "http://127.0.0.1:1", WOO_KEY: "ck_1", WOO_SECRET: "cs_1" },
    });

  test("answers the unsigned ping that saving a webhook sends with 200, and nothing else that is not signed", async () => {
    await using shop = await startShop();
    expect(await shop.deliver("webhook_id=5", () => ({}))).toBe(200);
    expect(await shop.deliver("webhook_id=5&status=completed", () => ({}))).toBe(401);
    expect(await shop.deliver(wooOrder(1), () => ({}))).toBe(401);
  });

  test("sells what was paid for a year by the calendar, once, and ends it with the refund of all", async () => {
    await using shop = await startShop();
    const id = language === "php" ? 101 : 201;
    const order = wooOrder(id);
    for (const event of [order, order, { ...order, status: "processing" }]) expect(await shop.deliver(event)).toBe(204);
    const year = new Date((NOW - 1000) * 1000);
    year.setUTCFullYear(year.getUTCFullYear() + 1);
    const end = Math.floor(year.getTime() / 1000);
    expect(await lineOf(5000 + id, String(id), "311")).toEqual({ status: "active", expires_at: end });
    expect(await lineOf(5000 + id, String(id), "312")).toEqual({ status: "active", expires_at: end });
    expect(new Set(await shop.mailed()).size).toBe(1);
    const refunded = { ...order, status: "refunded", date_modified_gmt: gmt(NOW - 100) };
    expect(await shop.deliver(refunded)).toBe(204);
    // A late copy of the sale.
    expect(await shop.deliver(order)).toBe(204);
    for (const line of ["311", "312"]) {
      expect(await lineOf(5000 + id, String(id), line)).toMatchObject({ status: "revoked" });
    }
  });

  test("ends one line whose refund names it, and sells nothing that was not paid", async () => {
    const id = language === "php" ? 111 : 211;
    const item = { id: 9, quantity: -1, total: "-49.00", meta_data: [{ key: "_refunded_item_id", value: "312" }] };
    await using platform = await startPlatform({
      [`/wp-json/wc/v3/orders/${id}/refunds`]: [{ id: 7, line_items: [item] }],
    });
    await using shop = await startShop(platform);
    expect(await shop.deliver(wooOrder(id))).toBe(204);
    const refunded = wooOrder(id, { refunds: [{ id: 7, total: "-49.00" }], date_modified_gmt: gmt(NOW - 50) });
    expect(await shop.deliver(refunded)).toBe(204);
    expect(await lineOf(5000 + id, String(id), "311")).toMatchObject({ status: "active" });
    expect(await lineOf(5000 + id, String(id), "312")).toMatchObject({ status: "revoked" });
    expect(platform.asked.every((line) => !line.startsWith("without a key"))).toBe(true);
    const unpaid = wooOrder(id + 1, { status: "on-hold", date_paid_gmt: null });
    for (const event of [unpaid, { ...unpaid, status: "cancelled" }, { id: id + 1 }, { code: "rest_cannot_view" }]) {
      expect(await shop.deliver(event), JSON.stringify(event)).toBe(204);
    }
    expect(await tokensOf(`customer_id=${5000 + id + 1}`)).toEqual([]);
  });

  // WooCommerce delivers nothing twice: without this a sale that came while we were down is lost.
  test("sweeps over the orders and sells those whose delivery was lost, and goes on after one that fails", async () => {
    const id = language === "php" ? 121 : 221;
    const guest = wooOrder(id, { customer_id: 0 });
    const broken = wooOrder(id + 2, { line_items: [{ id: 1, sku: "CHECKOUT" }], billing: null });
    await using platform = await startPlatform({ "/wp-json/wc/v3/orders": [guest, broken, wooOrder(id + 1)] });
    await using shop = await startShop(platform);
    const { exitCode, stderr } = await shop.sweep();
    expect(stderr).toContain(`Order ${id + 2}:`);
    expect(exitCode).toBe(1);
    expect(await lineOf(5000 + id + 1, String(id + 1), "311")).toMatchObject({ status: "active" });
    expect(await tokensOf(`order_id=${id}`)).toMatchObject([{ status: "active" }]);
    expect(platform.asked[0]).toMatch(/modified_after=\d{4}-\d\d-\d\dT.*dates_are_gmt=true/);
    platform.answers["/wp-json/wc/v3/orders"] = [guest, wooOrder(id + 1)];
    expect((await shop.sweep()).exitCode).toBe(0);
    expect(new Set(await shop.mailed()).size).toBe(2);
  });
});

let events = 0;
const stripeEvent = (type: string, object: object, at = NOW - 500 + ++events) => ({
  id: `evt_${++events}`,
  object: "event",
  api_version: "2026-10-28.endive",
  created: at,
  livemode: true,
  type,
  data: { object },
});

describe.each(LANGUAGES)("Stripe and examples/%s", (language) => {
  const startShop = (platform?: { url: string }): Promise<ExampleShop> =>
    startExampleShop(language, "stripe", {
      brokerUrl: broker.url,
      managementToken,
      more: { STRIPE_URL: platform?.url ?? "http://127.0.0.1:1", STRIPE_KEY: "rk_test_1" },
    });

  const invoice = (name: string, reason: string, start: number, end: number) => ({
    id: `in_${name}_${start}`,
    customer: `cus_${name}`,
    customer_email: `${name}@example.com`,
    billing_reason: reason,
    parent: { subscription_details: { subscription: `sub_${name}` } },
    lines: {
      data: [
        {
          id: "il_1",
          quantity: 1,
          period: { start, end },
          pricing: { price_details: { price: "price_checkout", product: "prod_2" } },
          parent: { subscription_item_details: { subscription_item: "si_4", proration: false } },
        },
      ],
    },
  });

  test("extends a subscription by what was paid only, and takes the refund of one renewal back to the end before", async () => {
    const name = `${language}sub`;
    const [first, second] = [NOW + 30 * DAY, NOW + 60 * DAY];
    const created = invoice(name, "subscription_create", NOW, first);
    const renewed = invoice(name, "subscription_cycle", first, second);
    await using platform = await startPlatform({
      "/v1/invoice_payments": { data: [{ invoice: renewed.id }] },
      [`/v1/invoices/${renewed.id}`]: renewed,
    });
    await using shop = await startShop(platform);
    const paid = [stripeEvent("invoice.paid", created), stripeEvent("invoice.paid", renewed)];
    // A session and a moved period come beside it, and sell nothing by themselves.
    const others = [
      stripeEvent("checkout.session.completed", { id: "cs_1", mode: "subscription", payment_status: "paid" }),
      stripeEvent("customer.subscription.updated", { id: `sub_${name}`, status: "active" }),
      stripeEvent("product.created", { id: "prod_9" }),
    ];
    for (const event of [...paid.toReversed(), ...paid, ...others]) expect(await shop.deliver(event)).toBe(204);
    expect(await lineOf(`cus_${name}`, `sub_${name}`, "si_4")).toEqual({ status: "active", expires_at: second });
    expect(new Set(await shop.mailed()).size).toBe(1);
    const refund = stripeEvent("charge.refunded", { id: "ch_1", refunded: true, payment_intent: "pi_2" });
    expect(await shop.deliver({ ...refund, data: { object: { ...refund.data.object, refunded: false } } })).toBe(204);
    expect(await lineOf(`cus_${name}`, `sub_${name}`, "si_4")).toMatchObject({ expires_at: second });
    expect(await shop.deliver(refund)).toBe(204);
    expect(await lineOf(`cus_${name}`, `sub_${name}`, "si_4")).toEqual({ status: "active", expires_at: first });
    const deleted = { id: `sub_${name}`, customer: `cus_${name}`, status: "canceled" };
    expect(await shop.deliver(stripeEvent("customer.subscription.deleted", deleted))).toBe(204);
    expect(await lineOf(`cus_${name}`, `sub_${name}`, "si_4")).toMatchObject({ status: "revoked" });
  });

  test("suspends what is disputed, lets it go on when that is won, and ends what is lost or refunded", async () => {
    const name = `${language}once`;
    await using platform = await startPlatform({
      "/v1/invoice_payments": { data: [] },
      [`/v1/payment_intents/pi_${name}`]: { id: `pi_${name}`, customer: `cus_${name}` },
      [`/v1/payment_intents/pi_${name}guest`]: { id: `pi_${name}guest`, customer: null },
    });
    await using shop = await startShop(platform);
    const session = (customer: string | null, payment: string) => ({
      id: `cs_${payment}`,
      mode: "payment",
      payment_status: "paid",
      created: NOW,
      customer,
      customer_details: { email: `${payment}@example.com` },
      payment_intent: payment,
      metadata: { product: "price_checkout" },
    });
    const dispute = (payment: string, status: string) => ({ id: "dp_1", payment_intent: payment, status });
    const deliver = async (type: string, object: object) =>
      expect(await shop.deliver(stripeEvent(type, object))).toBe(204);
    await deliver("checkout.session.completed", session(`cus_${name}`, `pi_${name}`));
    const line = () => lineOf(`cus_${name}`, `pi_${name}`, "1");
    expect(await line()).toMatchObject({ status: "active" });
    await deliver("charge.dispute.created", dispute(`pi_${name}`, "needs_response"));
    expect(await line()).toMatchObject({ status: "suspended" });
    await deliver("charge.dispute.closed", dispute(`pi_${name}`, "won"));
    expect(await line()).toMatchObject({ status: "active" });
    await deliver("charge.dispute.closed", dispute(`pi_${name}`, "lost"));
    expect(await line()).toMatchObject({ status: "revoked" });
    // A Payment Link has no customer.
    await deliver("checkout.session.completed", session(null, `pi_${name}guest`));
    expect(await tokensOf(`order_id=pi_${name}guest`)).toMatchObject([{ status: "active" }]);
    await deliver("charge.refunded", { id: "ch_9", refunded: true, payment_intent: `pi_${name}guest` });
    expect(await tokensOf(`order_id=pi_${name}guest`)).toMatchObject([{ status: "revoked" }]);
  });
});
