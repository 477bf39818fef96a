import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createTestDatabase, testEngines } from "../src/testing/database.ts";
import { startSmtpSink } from "../src/testing/smtp-sink.ts";
import type { SmtpSink } from "../src/testing/smtp-sink.ts";
import { seededRandom, shuffled } from "./support/storm-plan.ts";
import { NO_LIMITS, type VendorSetUp, eventually, setUpVendor } from "./support/vendor-shop.ts";

const ORDERS = Number(process.env["STORM_ORDERS"] ?? 36);
const SEED = Number(process.env["STORM_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const AT_ONCE = 16;
const ATTEMPTS_MAX = 200;
const PACKAGES = ["acme/core", "acme/checkout", "acme/theme"] as const;
const SCOPES = "tokens:write,tokens:read,customers:read,customers:write,grants:write,grants:read";
const SITES = ["a", "b"] as const;

/** What happens to an order of site a after its sale. Those of site b, with the same numbers, stay as they are. */
const FATES = [
  "kept",
  "refunded",
  "refunded and sold again",
  "disputed",
  "disputed and won",
  "customer suspended",
  "address corrected",
  "revoked by the loop",
] as const;

interface Order {
  number: string;
  customer: string;
  email: string;
  package: string;
  fate: (typeof FATES)[number];
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

interface Shop {
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Every secret that was ever in an answer to a sale, by the customer it was sold to. */
  told: Map<string, Set<string>>;
  sell(order: Order, more?: object): Promise<Answer>;
}

/** Delivers again whatever had no answer or is to be tried again, as real shops do. */
function createShop(broker: { url: string }, secret: string): Shop {
  const told = new Map<string, Set<string>>();
  const once = async (method: string, path: string, body?: unknown): Promise<Answer | undefined> => {
    const response = await fetch(broker.url + path, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    if (response === undefined || text === undefined || response.status >= 500) return undefined;
    return text.includes("request.in_flight")
      ? undefined
      : { status: response.status, body: JSON.parse(text) as Answer["body"] };
  };
  const call: Shop["call"] = async (method, path, body) => {
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
      const answer = await once(method, path, body);
      if (answer !== undefined) return answer;
      await pause(50 + Math.random() * 200);
    }
    throw new Error(`${method} ${path} was never answered`);
  };
  return {
    call,
    told,
    async sell(order, more = {}) {
      const answer = await call("POST", "/api/tokens", {
        description: `Customer: ${order.email} (Order: ${order.number})`,
        allowed_package_prefixes: [order.package],
        metadata: { customer_id: order.customer, customer_email: order.email, order_id: order.number },
        ...more,
      });
      const { token } = answer.body;
      if (typeof token === "string") {
        const secrets = told.get(order.customer) ?? new Set();
        told.set(order.customer, secrets.add(token));
      }
      return answer;
    },
  };
}

/** Two sites with one management token: the same numbers of orders, other customers. */
function planOrders(): Order[] {
  return SITES.flatMap((site) =>
    Array.from({ length: ORDERS }, (_, index): Order => {
      // On site b every third customer buys twice.
      const customer = site === "b" && index % 3 === 2 ? `b${index - 1}` : `${site}${index}`;
      return {
        number: `n${index}`,
        customer,
        email: `${customer}@example.com`,
        package: PACKAGES[index % PACKAGES.length] ?? "acme/core",
        fate: site === "a" ? (FATES[index % FATES.length] ?? "kept") : "kept",
      };
    }),
  );
}

async function atOnce<T>(some: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = some.values();
  const worker = async () => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function openedBy(url: string, secret: string): Promise<string[] | "refused"> {
  const authorization = `Basic ${Buffer.from(`token:${secret}`).toString("base64")}`;
  const opened: string[] = [];
  for (const name of PACKAGES) {
    const response = await fetch(`${url}/p2/${name}.json`, { headers: { authorization } });
    const body = (await response.json()) as { packages?: Record<string, unknown[]> };
    if (response.status === 401 || response.status === 402) return "refused";
    if ((body.packages?.[name] ?? []).length > 0) opened.push(name);
  }
  return opened;
}

/** What each fate does, in an order in which a real shop does it. Told twice, as everything. */
async function meetFate(shop: Shop, order: Order): Promise<void> {
  const path = `/api/orders/${order.number}`;
  const whose = { customer_id: order.customer };
  const twice = async (method: string, target: string, body?: unknown) => {
    for (let time = 0; time < 2; time++) {
      const { status, body: answer } = await shop.call(method, target, body);
      expect(status, `${method} ${target}: ${JSON.stringify(answer)}`).toBeLessThan(300);
    }
  };
  switch (order.fate) {
    case "kept":
      return;
    case "refunded": {
      await twice("POST", `${path}/revoke`, { ...whose, reason: "Refunded" });
      return;
    }
    case "refunded and sold again":
      await twice("POST", `${path}/revoke`, whose);
      // A late copy of the sale is no sale.
      expect(await shop.sell(order)).toMatchObject({ status: 409, body: { code: "sale.ended" } });
      expect(await shop.sell(order, { again: true })).toMatchObject({ status: 201 });
      return;
    case "disputed": {
      await twice("POST", `${path}/suspend`, whose);
      return;
    }
    case "disputed and won":
      await twice("POST", `${path}/suspend`, whose);
      {
        await twice("POST", `${path}/resume`, whose);
        return;
      }
    case "customer suspended": {
      await twice("POST", `/api/customers/${order.customer}/suspend`, {});
      return;
    }
    case "address corrected": {
      await twice("PATCH", `/api/customers/${order.customer}`, { email: `new-${order.email}` });
      return;
    }
    case "revoked by the loop": {
      const { body } = await shop.call("GET", `/api/tokens?customer_id=${order.customer}`);
      for (const { id } of body as unknown as { id: string }[]) await twice("DELETE", `/api/tokens/${id}`);
    }
  }
}

/** What the secrets of a customer open in the end. */
function wanted(orders: readonly Order[]): string[] | "refused" {
  const alive = orders.filter(({ fate }) => !["refunded", "disputed", "revoked by the loop"].includes(fate));
  const [{ fate }] = orders as [Order];
  if (fate === "refunded" || fate === "revoked by the loop" || fate === "customer suspended") return "refused";
  // Of a disputed order the line is suspended, and its credential with it where there is nothing else.
  if (fate === "disputed") return "refused";
  return PACKAGES.filter((name) => alive.some((order) => order.package === name));
}

/** `alive` are customers whose tokens nobody ended: of an ended one a mail that waited is not sent. */
async function expectMails(sink: SmtpSink, shop: Shop, alive: ReadonlySet<string>): Promise<void> {
  const secretOf = (text: string) => /pbt_\w+/.exec(text)?.[0] ?? "";
  const mailed = () => sink.mails.filter(({ text }) => secretOf(text) !== "");
  const all = [...shop.told].flatMap(([customer, secrets]) => [...secrets].map((secret) => ({ customer, secret })));
  const isMailed = ({ secret }: { secret: string }) => mailed().some(({ text }) => secretOf(text) === secret);
  const missing = () => all.filter((one) => alive.has(one.customer) && !isMailed(one));
  await eventually(() => Promise.resolve(missing().length === 0), 60_000);
  expect(missing()).toEqual([]);
  // Whoever is handed a secret is its buyer.
  for (const { customer, secret } of all) {
    const recipients = new Set(
      mailed()
        .filter(({ text }) => secretOf(text) === secret)
        .flatMap(({ to }) => to),
    );
    for (const recipient of recipients) expect(recipient).toMatch(new RegExp(`^(?:new-)?${customer}@example\\.com$`));
  }
}

async function sellInTheStorm(shop: Shop, setUp: VendorSetUp, orders: readonly Order[]): Promise<void> {
  const deliveries = shuffled(
    orders.flatMap((order) => [order, order, order]),
    seededRandom(SEED),
  );
  let delivered = 0;
  let restart = Promise.resolve();
  await atOnce(deliveries, async (order) => {
    const { status, body } = await shop.sell(order);
    expect(status, JSON.stringify(body)).toBe(201);
    if (++delivered !== Math.floor(deliveries.length / 2)) return;
    restart = setUp.broker.stop("SIGKILL").then(() => setUp.broker.start());
  });
  await restart;
}

// Two sites that share a key sell the same order numbers to other people, and everything that can happen does.
describe.each(testEngines)("a storm of orders from two sites with one key on %s", (engine) => {
  test(`leaves each buyer with what is theirs, and mails no secret to anybody else (STORM_SEED=${SEED})`, async () => {
    await using data = await createTestDatabase(engine);
    await using sink = await startSmtpSink();
    const { location } = data;
    await using setUp = await setUpVendor({
      ...NO_LIMITS,
      ...("dataDir" in location ? { DATA_DIR: location.dataDir } : { DATABASE_URL: location.databaseUrl }),
      SMTP_URL: sink.url,
      MAIL_FROM: "Acme Extensions <broker@example.com>",
    });
    const { broker } = setUp;
    const create = ["management-token", "create", "--name", "both sites", "--scopes", SCOPES, "--prefix", "acme/"];
    const secret = await broker.cliOrFail([...create, "--unique-by", "order", "--credential", "customer", "--notify"]);
    const shop = createShop(broker, secret);
    const orders = planOrders();
    await sellInTheStorm(shop, setUp, orders);
    const owners = [...shop.told].flatMap(([customer, secrets]) => [...secrets].map((one) => [one, customer] as const));
    expect(new Set(owners.map(([one]) => one)).size).toBe(owners.length);
    expect(owners).toHaveLength(orders.length);

    await atOnce(
      orders.filter(({ customer }) => customer.startsWith("a")),
      (order) => meetFate(shop, order),
    );
    for (const [customer, some] of Map.groupBy(orders, (order) => order.customer)) {
      const secrets = [...(shop.told.get(customer) ?? [])];
      const isSoldAgain = some[0]?.fate === "refunded and sold again";
      for (const [index, one] of secrets.entries()) {
        const expected = isSoldAgain && index === 0 ? "refused" : wanted(some);
        expect(await openedBy(broker.url, one), `${customer}: ${JSON.stringify(some)}`).toEqual(expected);
      }
    }

    // One person with two accounts: each of the credentials opens all of it, and the old id ends all of it.
    const pairs = Array.from({ length: Math.floor(ORDERS / 6) }, (_, index) => [`b${index * 6}`, `b${index * 6 + 3}`]);
    await atOnce(pairs, async ([from = "", into = ""]) => {
      const merged = await shop.call("POST", `/api/customers/${from}/merge`, { into, rotate: false });
      expect(merged.status, JSON.stringify(merged.body)).toBe(200);
    });
    for (const [from = "", into = ""] of pairs) {
      const bought = orders.filter(({ customer }) => customer === from || customer === into);
      const all = PACKAGES.filter((name) => bought.some((order) => order.package === name));
      for (const one of [...(shop.told.get(from) ?? []), ...(shop.told.get(into) ?? [])]) {
        expect(await openedBy(broker.url, one), `${from} in ${into}`).toEqual(all);
      }
    }
    await atOnce(pairs, async ([from = ""]) => {
      const { body } = await shop.call("GET", `/api/tokens?customer_id=${from}`);
      for (const { id } of body as unknown as { id: string }[]) await shop.call("DELETE", `/api/tokens/${id}`);
    });
    for (const [from = "", into = ""] of pairs) {
      for (const one of [...(shop.told.get(from) ?? []), ...(shop.told.get(into) ?? [])]) {
        expect(await openedBy(broker.url, one), `${from} in ${into}`).toBe("refused");
      }
    }
    const merged = new Set(pairs.flat());
    const alive = orders.filter(({ fate, customer }) => fate === "kept" && !merged.has(customer));
    await expectMails(sink, shop, new Set(alive.map(({ customer }) => customer)));
    await eventually(async () => (await broker.cli(["audit", "verify"])).exitCode === 0, 10_000);
  }, 300_000);
});
