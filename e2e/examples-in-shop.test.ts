import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { EXAMPLES } from "./support/example-shop.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const FRAMEWORKS = fileURLToPath(new URL("fixtures/in-shop", import.meta.url));
const NOW = Math.floor(Date.now() / 1000);
const SCOPES = "tokens:write,tokens:read,grants:write,grants:read";
/** Nobody listens there. */
const DOWN = "http://127.0.0.1:1";

let broker: BrokerProcess;
let managementToken: string;

beforeAll(async () => {
  broker = await startBroker();
  const create = ["management-token", "create", "--name", "shop", "--scopes", SCOPES];
  managementToken = await broker.cliOrFail([...create, "--prefix", "your-vendor/"]);
});
afterAll(() => broker[Symbol.asyncDispose]());

interface Outcome {
  queue: unknown[];
  mails?: { to: string; text: string }[];
  log?: string[];
}

interface Shop extends AsyncDisposable {
  /** Does what `step` says within the shop's PHP, and tells what came of it. */
  step(step: object): Promise<Outcome>;
  mailed(): Promise<string[]>;
}

/** Puts the plugin together as its README says, and runs it in real PHP beside the parts of its framework it uses. */
async function startShop(platform: "wordpress" | "magento" | "shopware"): Promise<Shop> {
  const directory = await makeTemporaryDirectory(`in-shop-${platform}`);
  const mailFile = path.join(directory.path, "mails");
  const plugin = path.join(directory.path, "plugin");
  await writeFile(mailFile, "");
  await cp(path.join(EXAMPLES, "in-shop", platform), plugin, { recursive: true });
  for (const file of ["broker.php", "sales.php", "mail.php"]) {
    await cp(path.join(EXAMPLES, "php", file), path.join(plugin, "lib", file));
  }
  const entry = platform === "wordpress" ? path.join(plugin, "package-broker.php") : plugin;
  const options = ["-d", `sendmail_path=cat >> ${mailFile}`, "-d", `error_log=${path.join(directory.path, "errors")}`];
  const child = spawn("php", [...options, path.join(FRAMEWORKS, `${platform}.php`), entry], {
    env: cleanEnvironment({
      BROKER_URL: broker.url,
      BROKER_TOKEN: managementToken,
      BROKER_SHOP: "default",
      STATE_DIR: directory.path,
    }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async step(step) {
      child.stdin.write(`${JSON.stringify(step)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("The shop's PHP ended.");
      return JSON.parse(value) as Outcome;
    },
    async mailed() {
      return (await readFile(mailFile, "utf8")).match(/pbt_\w+/g) ?? [];
    },
    async [Symbol.asyncDispose]() {
      await ended(child);
      await directory.remove();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const end = once(child, "close");
  child.stdin?.end();
  await end;
}

async function statusOf(customer: string, order: string, line: string): Promise<string> {
  const answer = await broker.api("GET", `/api/customers/${customer}/grants/default/${order}/${line}`, managementToken);
  return answer.status === 200 ? (answer.body as { status: string }).status : String(answer.status);
}

const tokensOf = async (query: string) =>
  (await broker.api("GET", `/api/tokens?status=all&${query}`, managementToken)).body as { status: string }[];

describe("code inside a shop", () => {
  test("WordPress: the checkout goes on when nothing works, and what was queued is told when it does", async () => {
    await using shop = await startShop("wordpress");
    const items = {
      311: { quantity: 2, packages: "your-vendor/checkout, your-vendor/theme" },
      312: { quantity: 1, packages: "your-vendor/theme" },
      313: { quantity: 1 },
    };
    const order = { id: 9001, status: "processing", customer_id: 6001, email: "ann@example.com", items };
    const paid = { ...order, paid: NOW - 100, modified: NOW - 100 };
    const action = "woocommerce_order_status_processing";
    // Not even the queue works: no exception reaches the checkout.
    await shop.step({ order: paid, action, arguments: [9001], queueWorks: false });
    expect((await shop.step({ action, arguments: [9001] })).queue).toHaveLength(1);
    const failed = await shop.step({ runQueue: true, env: { BROKER_URL: DOWN } });
    expect(failed.queue).toEqual([["package_broker_tell", [9001, 2], expect.any(Number)]]);
    expect(await statusOf("6001", "9001", "311")).toBe("404");
    const told = await shop.step({ runQueue: true, env: { BROKER_URL: broker.url } });
    expect(told.queue).toEqual([]);
    expect(told.mails).toMatchObject([{ to: "ann@example.com" }]);
    expect(told.mails?.[0]?.text).toMatch(/pbt_\w{36}/);
    for (const line of ["311", "312"]) expect(await statusOf("6001", "9001", line)).toBe("active");
    // One piece of two is not the line; the whole line is.
    const part = { ...paid, modified: NOW - 50, refunded: { 311: 1, 312: 1 } };
    await shop.step({ order: part, action: "woocommerce_order_refunded", arguments: [9001] });
    await shop.step({ runQueue: true });
    expect(await statusOf("6001", "9001", "311")).toBe("active");
    expect(await statusOf("6001", "9001", "312")).toBe("revoked");
    // The sweep tells it all once more, and changes nothing.
    await shop.step({ action: "package_broker_sweep" });
    expect((await shop.step({ runQueue: true })).mails).toHaveLength(1);
    expect(await statusOf("6001", "9001", "312")).toBe("revoked");
    const cancelled = { ...part, status: "cancelled", modified: NOW - 10 };
    await shop.step({ order: cancelled, action: "woocommerce_order_status_cancelled", arguments: [9001] });
    await shop.step({ runQueue: true });
    expect(await statusOf("6001", "9001", "311")).toBe("revoked");
  });

  test("Magento: an order is saved whatever happens, and its queue keeps it until it was told", async () => {
    await using shop = await startShop("magento");
    const time = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
    const line = { item_id: 77, qty_ordered: 1, qty_refunded: 0, qty_canceled: 0, packages: "your-vendor/checkout" };
    const order = {
      ...{ id: 5, increment_id: "000000005", state: "processing", customer_id: 6101, customer_email: "bo@example.com" },
      ...{ created_at: time(NOW - 100), updated_at: time(NOW - 90), items: [line] },
    };
    const lost = await shop.step({ order: { ...order, state: "new" }, queueWorks: false });
    expect(lost.log?.[0]).toContain("Order 000000005 was not queued");
    expect((await shop.step({ order })).queue).toMatchObject([{ order_id: 5, attempts: 0 }]);
    const failed = await shop.step({ runQueue: true, env: { BROKER_URL: DOWN } });
    expect(failed.queue).toMatchObject([{ order_id: 5, attempts: 1 }]);
    expect((await shop.step({ runQueue: true, env: { BROKER_URL: broker.url } })).queue).toEqual([]);
    expect(await statusOf("6101", "000000005", "77")).toBe("active");
    expect(await shop.mailed()).toHaveLength(1);
    const refunded = { ...order, updated_at: time(NOW - 10), items: [{ ...line, qty_refunded: 1 }] };
    await shop.step({ order: refunded });
    await shop.step({ runQueue: true });
    expect(await statusOf("6101", "000000005", "77")).toBe("revoked");
    const guest = {
      ...order,
      id: 6,
      increment_id: "000000006",
      customer_id: null,
      customer_email: "guest@example.com",
    };
    await shop.step({ order: guest });
    await shop.step({ runQueue: true });
    expect(await tokensOf("order_id=000000006")).toMatchObject([{ status: "active" }]);
    await shop.step({ order: { ...guest, state: "closed", updated_at: time(NOW - 5) } });
    expect((await shop.step({ runQueue: true })).queue).toEqual([]);
    expect(await tokensOf("order_id=000000006")).toMatchObject([{ status: "revoked" }]);
  });

  test("Shopware: the order goes on when the queue does not, a failed message stays, a chargeback suspends", async () => {
    await using shop = await startShop("shopware");
    const order = (state: string, changedAt: number, orderState = "open") => ({
      ...{ id: "o1", orderNumber: "SW-1", orderDateTime: NOW - 100 },
      stateMachineState: { technicalName: orderState },
      transactions: [{ stateMachineState: { technicalName: state }, updatedAt: changedAt }],
      orderCustomer: { customerId: "c6201", email: "cy@example.com", customer: { guest: false } },
      lineItems: [{ id: "l1", product: { customFields: { composer_packages: "your-vendor/checkout" } } }],
    });
    const paid = "state_enter.order_transaction.state.paid";
    const lost = await shop.step({ order: order("paid", NOW - 90), action: paid, queueWorks: false });
    expect(lost.log?.[0]).toContain("was not queued");
    await shop.step({ order: order("paid", NOW - 90), action: paid });
    expect((await shop.step({ runQueue: true, env: { BROKER_URL: DOWN } })).queue).toHaveLength(1);
    expect((await shop.step({ runQueue: true, env: { BROKER_URL: broker.url } })).queue).toEqual([]);
    expect(await statusOf("c6201", "SW-1", "l1")).toBe("active");
    expect(await shop.mailed()).toHaveLength(1);
    const chargeback = "state_enter.order_transaction.state.chargeback";
    await shop.step({ order: order("chargeback", NOW - 80), action: chargeback });
    await shop.step({ runQueue: true });
    expect(await statusOf("c6201", "SW-1", "l1")).toBe("suspended");
    const cancelled = "state_enter.order.state.cancelled";
    await shop.step({ order: order("chargeback", NOW - 70, "cancelled"), action: cancelled });
    await shop.step({ runQueue: true });
    expect(await statusOf("c6201", "SW-1", "l1")).toBe("revoked");
  });
});
