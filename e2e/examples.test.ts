import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { EXAMPLES, LANGUAGES, WEBHOOK_SECRET, sign, startExampleShop } from "./support/example-shop.ts";
import type { ExampleShop, ShopKind } from "./support/example-shop.ts";

const DAY = 86_400;
const SCOPES = "tokens:write,tokens:read,grants:write,grants:read";

let broker: BrokerProcess;
let managementToken: string;

beforeAll(async () => {
  broker = await startBroker();
  const create = ["management-token", "create", "--name", "shop", "--scopes", SCOPES];
  managementToken = await broker.cliOrFail([...create, "--prefix", "your-vendor/"]);
});
afterAll(() => broker[Symbol.asyncDispose]());

async function startShop(
  language: (typeof LANGUAGES)[number],
  kind: ShopKind = "own",
  brokerUrl = broker.url,
): Promise<ExampleShop> {
  return await startExampleShop(language, kind, { brokerUrl, managementToken });
}

const NOW = Math.floor(Date.now() / 1000);
const YEAR = 365 * DAY;
let buyers = 0;

/** A buyer nobody sold anything to yet. */
function newBuyer() {
  const number = ++buyers;
  return { id: 1000 + number, email: `buyer-${number}@example.com` };
}

interface Line {
  line: number | string;
  product: string;
  paid_until?: unknown;
}

/** Events of one order, each ten seconds after the one before. */
function newOrder(customer: { id: unknown; email: string }, shop_order: unknown = 90_000 + buyers) {
  let at = NOW - 1000;
  return (type: string, lines: Line[] = [], more: object = {}) => {
    at += 10;
    return { type, occurred_at: at, shop_order, customer, lines, ...more };
  };
}

const checkout = (paid_until: unknown = NOW + YEAR): Line => ({ line: 311, product: "CHECKOUT", paid_until });
const theme = (paid_until: unknown = NOW + YEAR): Line => ({ line: 312, product: "THEME", paid_until });

interface Token {
  id: string;
  status: string;
  expires_at: number | null;
  allowed_package_prefixes: string[];
}

async function get<T>(target: string): Promise<T> {
  const answer = await broker.api("GET", target, managementToken);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as T;
}

const tokensOf = (query: Record<string, string>) =>
  get<Token[]>(`/api/tokens?${new URLSearchParams({ status: "all", ...query }).toString()}`);

/** How it stands with a line, and until when. */
async function lineOf(customer: { id: number }, order: string, line: number) {
  const place = `${customer.id}/grants/default/${encodeURIComponent(order)}/${line}`;
  const { status, expires_at, packages } = await get<{ status: string; expires_at: number | null; packages: string[] }>(
    `/api/customers/${place}`,
  );
  return { status, expires_at, packages };
}

async function deliverAll(shop: ExampleShop, events: unknown[]): Promise<void> {
  for (const event of events) expect(await shop.deliver(event), JSON.stringify(event)).toBe(204);
}

describe.each(LANGUAGES)("the handlers in examples/%s", (language) => {
  test.each(["own", "stripe"] as const)("do nothing for a delivery that the %s shop did not sign", async (kind) => {
    await using shop = await startShop(language, kind);
    const customer = newBuyer();
    const event = newOrder(customer)("sale.paid", [checkout()]);
    const forged = [
      () => ({}),
      (payload: string) => sign(kind, payload, "another secret"),
      (payload: string) => sign(kind, `${payload} `),
      (payload: string) => sign(kind === "own" ? "woocommerce" : "own", payload),
      ...(kind === "stripe" ? [(payload: string) => sign(kind, payload, WEBHOOK_SECRET, NOW - 4000)] : []),
    ];
    for (const headers of forged) expect(await shop.deliver(event, headers)).toBe(401);
    expect(await tokensOf({ customer_id: String(customer.id) })).toEqual([]);
    expect(await shop.mailed()).toEqual([]);
  });

  test("make one credential of a customer, however many orders are delivered, repeatedly and at once", async () => {
    await using shop = await startShop(language);
    const customer = newBuyer();
    const first = newOrder(customer, "A-1")("sale.paid", [checkout()]);
    const second = newOrder(customer, "A-2")("sale.paid", [theme()]);
    const statuses = await Promise.all([first, second, first, second].map((event) => shop.deliver(event)));
    for (const status of statuses) expect([204, 500]).toContain(status);
    await deliverAll(shop, [first, second]);
    const [token, ...others] = await tokensOf({ customer_id: String(customer.id) });
    expect(others).toEqual([]);
    expect(token).toMatchObject({ status: "active", access: "customer" });
    expect(new Set(await shop.mailed()).size).toBe(1);
    expect(await lineOf(customer, "A-1", 311)).toMatchObject({ status: "active", packages: ["your-vendor/checkout"] });
    expect(await lineOf(customer, "A-2", 312)).toMatchObject({ status: "active", packages: ["your-vendor/theme"] });
  });

  test("end where the last event says, in whatever order the deliveries arrive", async () => {
    await using shop = await startShop(language);
    const orders: [string, (customer: { id: number; email: string }, id: string) => unknown[], object][] = [
      [
        "renewed",
        (customer, id) => {
          const event = newOrder(customer, id);
          return [event("sale.paid", [checkout()]), event("sale.renewed", [checkout(NOW + 2 * YEAR)])];
        },
        { status: "active", expires_at: NOW + 2 * YEAR },
      ],
      [
        "renewal refunded",
        (customer, id) => {
          const event = newOrder(customer, id);
          const renewed = event("sale.renewed", [checkout(NOW + 2 * YEAR)]);
          return [event("sale.paid", [checkout()]), renewed, event("sale.refunded", [checkout()])];
        },
        { status: "active", expires_at: NOW + YEAR },
      ],
      [
        "cancelled at the end of its term",
        (customer, id) => {
          const event = newOrder(customer, id);
          return [event("sale.paid", [checkout()]), event("sale.cancelled", [checkout()])];
        },
        { status: "active", expires_at: NOW + YEAR },
      ],
      [
        "refunded",
        (customer, id) => {
          const event = newOrder(customer, id);
          return [event("sale.paid", [checkout()]), event("sale.refunded", [{ line: 311, product: "CHECKOUT" }])];
        },
        { status: "revoked" },
      ],
    ];
    for (const [name, eventsOf, wanted] of orders) {
      const customer = newBuyer();
      const forwards = eventsOf(customer, `F-${customer.id}`);
      await deliverAll(shop, [...forwards, ...forwards]);
      expect(await lineOf(customer, `F-${customer.id}`, 311), name).toMatchObject(wanted);
      await deliverAll(shop, eventsOf(customer, `B-${customer.id}`).reverse());
      expect(await lineOf(customer, `B-${customer.id}`, 311), `${name}, backwards`).toMatchObject(wanted);
    }
  });

  test("take one line of an order away and leave the other, and sell it anew under the same number", async () => {
    await using shop = await startShop(language);
    const customer = newBuyer();
    const event = newOrder(customer, "R-1");
    await deliverAll(shop, [event("sale.paid", [checkout(), theme()])]);
    await deliverAll(shop, [event("sale.refunded", [{ line: 312, product: "THEME" }])]);
    expect(await lineOf(customer, "R-1", 311)).toMatchObject({ status: "active" });
    expect(await lineOf(customer, "R-1", 312)).toMatchObject({ status: "revoked" });
    await deliverAll(shop, [event("sale.paid", [checkout(), theme()])]);
    expect(await lineOf(customer, "R-1", 312)).toMatchObject({ status: "active" });
    expect(await shop.mailed()).toHaveLength(1);
  });

  test("end a whole order, suspend it for a dispute, and let it go on when that is won", async () => {
    await using shop = await startShop(language);
    const customer = newBuyer();
    const event = newOrder(customer, "D-1");
    await deliverAll(shop, [event("sale.paid", [checkout(), theme()]), event("sale.disputed")]);
    expect(await lineOf(customer, "D-1", 311)).toMatchObject({ status: "suspended", expires_at: NOW + YEAR });
    await deliverAll(shop, [event("sale.dispute_won")]);
    expect(await lineOf(customer, "D-1", 311)).toMatchObject({ status: "active", expires_at: NOW + YEAR });
    await deliverAll(shop, [event("sale.disputed"), event("sale.dispute_lost")]);
    for (const line of [311, 312]) expect(await lineOf(customer, "D-1", line)).toMatchObject({ status: "revoked" });
  });

  test("sell an upgrade and a bundle: what left the order ends, and the credential stays", async () => {
    await using shop = await startShop(language);
    const customer = newBuyer();
    const event = newOrder(customer, "U-1");
    const bundle = { line: 400, product: "BUNDLE", paid_until: NOW + YEAR };
    await deliverAll(shop, [event("sale.paid", [checkout()]), event("sale.paid", [bundle], { removed_lines: [311] })]);
    expect(await lineOf(customer, "U-1", 311)).toMatchObject({ status: "revoked" });
    expect(await lineOf(customer, "U-1", 400)).toMatchObject({
      status: "active",
      packages: ["your-vendor/checkout", "your-vendor/theme"],
    });
    expect(await tokensOf({ customer_id: String(customer.id) })).toHaveLength(1);
  });

  test("sell to guests by a token for the order, each their own, renew it, and end it", async () => {
    await using shop = await startShop(language);
    // The same number, by a copy of the shop: two buyers.
    const guests = [0, ""].map((id) => ({ id, email: newBuyer().email }));
    const number = `G-${buyers}`;
    const events = guests.map((guest) => newOrder(guest, number));
    await deliverAll(
      shop,
      events.flatMap((event) => [event("sale.paid", [checkout()]), event("sale.renewed", [checkout(NOW + 2 * YEAR)])]),
    );
    const mailed = await shop.mailed();
    expect(new Set(mailed).size).toBe(2);
    for (const { email } of guests) {
      expect(await tokensOf({ customer_email: email })).toMatchObject([
        { status: "active", expires_at: NOW + 2 * YEAR },
      ]);
    }
    const [first, second] = guests;
    await deliverAll(shop, [events[0]?.("sale.refunded")]);
    expect(await tokensOf({ customer_email: first?.email ?? "" })).toMatchObject([{ status: "revoked" }]);
    expect(await tokensOf({ customer_email: second?.email ?? "" })).toMatchObject([{ status: "active" }]);
  });

  test("take order numbers of every kind, every way to say that there is no end, and leave other products alone", async () => {
    await using shop = await startShop(language);
    for (const shop_order of [727, "Bestellung-Ä-7", "#1001", "a/b c"]) {
      const customer = newBuyer();
      const event = newOrder(customer, shop_order);
      await deliverAll(shop, [event("sale.paid", [checkout()]), event("sale.renewed", [checkout(NOW + 2 * YEAR)])]);
      expect(await lineOf(customer, String(shop_order), 311)).toMatchObject({ expires_at: NOW + 2 * YEAR });
    }
    for (const paid_until of [null, 0, false, "", "lifetime"]) {
      const customer = newBuyer();
      await deliverAll(shop, [newOrder(customer, "L-1")("sale.paid", [checkout(paid_until)])]);
      expect(await lineOf(customer, "L-1", 311)).toMatchObject({ status: "active", expires_at: null });
    }
    const customer = newBuyer();
    const event = newOrder(customer, "M-1");
    const mug = { line: 1, product: "MUG" };
    await deliverAll(shop, [event("sale.paid", [mug]), event("newsletter.opened"), { hello: "world" }]);
    expect(await tokensOf({ customer_id: String(customer.id) })).toEqual([]);
    // The mug goes back, not the order.
    await deliverAll(shop, [event("sale.paid", [checkout(), mug]), event("sale.refunded", [mug])]);
    expect(await lineOf(customer, "M-1", 311)).toMatchObject({ status: "active" });
  });

  test("try again while PACKAGE.broker does not answer, with the same key, and tell the shop when it is in vain", async () => {
    const keys: unknown[] = [];
    const answers = [undefined, [429, { "retry-after": "1" }], [503, {}], [201, {}]] as const;
    const server = createServer((request, response) => {
      if (request.method === "PUT") {
        response.writeHead(201).end("{}");
        return;
      }
      keys.push(request.headers["idempotency-key"]);
      const [status, headers] = answers[keys.length - 1] ?? [undefined];
      if (status === undefined) {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, headers).end(JSON.stringify({ id: "token_1", token: "pbt_late", expires_at: null }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await using shop = await startShop(language, "own", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const event = newOrder(newBuyer());
    expect(await shop.deliver(event("sale.paid", [checkout()]))).toBe(204);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^credential-[0-9a-f]{64}$/);
    expect(await shop.mailed()).toEqual(["pbt_late"]);
    expect(await shop.deliver(event("sale.paid", [checkout()]))).toBe(500);
    expect(await shop.mailed()).toHaveLength(1);
    server.closeAllConnections();
    server.close();
  });
});

test("no example holds a secret", async () => {
  const files = (await readdir(EXAMPLES, { recursive: true })).filter((file) => /\.(?:php|mjs)$/.test(file));
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) {
    const text = await readFile(path.join(EXAMPLES, file), "utf8");
    expect(text, file).not.toMatch(/pb[tm]_\w{5,}|whsec_\w+|(?:secret|token)\s*=\s*["'][^"']+["']/i);
  }
});

// What people copy from the guide is what the tests above ran.
test("every PHP and Node snippet of the guide is a piece of an example, as it stands", async () => {
  const guide = fileURLToPath(new URL("../docs/use-cases/eshop-extension-vendor.md", import.meta.url));
  const snippets = [...(await readFile(guide, "utf8")).matchAll(/^```(php|js)\n(.*?)\n```$/gms)];
  expect(snippets.length).toBeGreaterThanOrEqual(6);
  const files = (await readdir(EXAMPLES, { recursive: true })).filter((file) => /\.(?:php|mjs)$/.test(file));
  const code = await Promise.all(files.map((file) => readFile(path.join(EXAMPLES, file), "utf8")));
  for (const [, , snippet = ""] of snippets) {
    for (const piece of snippet.split(/\n\n(?=\/\*\*|(?:async )?function )/)) {
      expect(
        code.some((text) => text.includes(piece)),
        piece,
      ).toBe(true);
    }
  }
});
