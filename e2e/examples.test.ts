import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const EXAMPLES = fileURLToPath(new URL("../examples", import.meta.url));
const SECRET = "the shop's webhook secret";
const DAY = 86_400;
const LANGUAGES = ["php", "node"] as const;

let broker: BrokerProcess;
let managementToken: string;

beforeAll(async () => {
  broker = await startBroker();
  managementToken = await broker.cliOrFail([
    ...["management-token", "create", "--name", "shop", "--scopes", "tokens:write,tokens:read", "--prefix", "acme/"],
  ]);
});
afterAll(() => broker[Symbol.asyncDispose]());

type Signature = "hex" | "woocommerce" | "stripe";

interface Shop extends AsyncDisposable {
  /** The token secrets that were mailed. */
  mailed(): Promise<string[]>;
  deliver(order: object, headers?: (payload: string) => Record<string, string>): Promise<number>;
}

function sign(signature: Signature, payload: string, secret = SECRET, at = Date.now() / 1000): Record<string, string> {
  const hmac = (text: string) => createHmac("sha256", secret).update(text);
  switch (signature) {
    case "hex":
      return { "X-Shop-Signature": hmac(payload).digest("hex") };
    case "woocommerce":
      return { "X-WC-Webhook-Signature": hmac(payload).digest("base64") };
    case "stripe": {
      const time = Math.floor(at);
      return { "Stripe-Signature": `t=${time},v1=${hmac(`${time}.${payload}`).digest("hex")}` };
    }
  }
}

async function startShop(
  language: (typeof LANGUAGES)[number],
  signature: Signature = "hex",
  brokerUrl = broker.url,
): Promise<Shop> {
  const directory = await makeTemporaryDirectory(`example-${language}`);
  const mailFile = path.join(directory.path, "mails");
  await writeFile(mailFile, "");
  const env = cleanEnvironment({
    ...{ BROKER_URL: brokerUrl, BROKER_TOKEN: managementToken, MAIL_FILE: mailFile, PORT: "0" },
    ...{ SHOP_WEBHOOK_SECRET: SECRET, SHOP_SIGNATURE: signature },
  });
  // The mail that PHP hands to its mail program goes to the file.
  const php = ["-d", `sendmail_path=cat >> ${mailFile}`, "-d", "error_log=/dev/null", "-S", "127.0.0.1:0", "-t", "."];
  const child =
    language === "php"
      ? spawn("php", php, { cwd: path.join(EXAMPLES, "php"), env, stdio: ["ignore", "pipe", "pipe"] })
      : spawn(process.execPath, ["webhook.mjs"], {
          cwd: path.join(EXAMPLES, "node"),
          env,
          stdio: ["ignore", "pipe", "pipe"],
        });
  const url = await listeningAt(child);
  return {
    async mailed() {
      return (await readFile(mailFile, "utf8")).match(/pbt_\w+/g) ?? [];
    },
    async deliver(order, headers = (payload) => sign(signature, payload)) {
      const payload = JSON.stringify(order);
      const response = await fetch(`${url}/webhook.php`, { method: "POST", headers: headers(payload), body: payload });
      await response.arrayBuffer();
      return response.status;
    },
    async [Symbol.asyncDispose]() {
      const end = once(child, "close");
      child.kill("SIGKILL");
      await end;
      await directory.remove();
    },
  };
}

async function listeningAt(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url !== undefined) resolve(url);
    });
  }
  child.once("close", () => reject(new Error("The shop ended at once.")));
  return await promise;
}

let orders = 0;

function newOrder(event = "purchase", more: object = {}) {
  const order_id = `order-${++orders}`;
  const paid_until = Math.floor(Date.now() / 1000) + 365 * DAY;
  return {
    ...{ event, order_id, customer_id: 42, customer_email: "customer@example.com", packages: ["acme/checkout"] },
    ...{ paid_until, ...more },
  };
}

interface Token {
  id: string;
  status: string;
  expires_at: number;
}

async function tokensOf({ order_id }: { order_id: string }): Promise<Token[]> {
  const answer = await broker.api("GET", `/api/tokens?status=all&order_id=${order_id}`, managementToken);
  expect(answer.status).toBe(200);
  return answer.body as Token[];
}

describe.each(LANGUAGES)("the handlers in examples/%s", (language) => {
  test.each(["hex", "woocommerce", "stripe"] as const)(
    "do nothing for a delivery that is not signed as %s by the shop, and sell for one that is",
    async (signature) => {
      await using shop = await startShop(language, signature);
      const order = newOrder();
      const forged = [
        () => ({}),
        (payload: string) => sign(signature, payload, "another secret"),
        (payload: string) => sign(signature, `${payload} `),
        (payload: string) => sign(signature === "hex" ? "woocommerce" : "hex", payload),
        ...(signature === "stripe"
          ? [(payload: string) => sign("stripe", payload, SECRET, Date.now() / 1000 - 400)]
          : []),
      ];
      for (const headers of forged) expect(await shop.deliver(order, headers)).toBe(401);
      expect(await tokensOf(order)).toEqual([]);
      expect(await shop.mailed()).toEqual([]);
      expect(await shop.deliver(order)).toBe(204);
      expect(await tokensOf(order)).toMatchObject([{ status: "active", expires_at: order.paid_until }]);
      expect(await shop.mailed()).toHaveLength(1);
    },
  );

  test("make one token for one order, however often it is delivered, and at once too", async () => {
    await using shop = await startShop(language);
    const order = newOrder();
    const statuses = await Promise.all(Array.from({ length: 4 }, () => shop.deliver(order)));
    for (const status of statuses) expect([204, 500]).toContain(status);
    expect(await shop.deliver(order)).toBe(204);
    expect(await tokensOf(order)).toHaveLength(1);
    expect(new Set(await shop.mailed()).size).toBe(1);
  });

  test("extend at a renewal, never shorten by a late one, and end at a refund for good", async () => {
    await using shop = await startShop(language);
    const order = newOrder();
    const renewed = { ...order, event: "renewal", paid_until: order.paid_until + 365 * DAY };
    // It overtook its purchase: the shop delivers it again.
    expect(await shop.deliver(renewed)).toBe(500);
    expect(await shop.deliver(order)).toBe(204);
    expect(await shop.deliver(renewed)).toBe(204);
    expect(await shop.deliver({ ...renewed, paid_until: order.paid_until + DAY })).toBe(204);
    expect(await tokensOf(order)).toMatchObject([{ status: "active", expires_at: renewed.paid_until }]);
    for (const event of ["refund", "refund", "purchase", "renewal"]) {
      expect(await shop.deliver({ ...order, event })).toBe(204);
    }
    expect(await tokensOf(order)).toMatchObject([{ status: "revoked" }]);
    expect(new Set(await shop.mailed()).size).toBe(1);
  });

  test("sell nothing when the cancellation arrives before its purchase", async () => {
    await using shop = await startShop(language);
    const order = newOrder();
    expect(await shop.deliver({ ...order, event: "cancellation" })).toBe(204);
    expect(await shop.deliver(order)).toBe(204);
    expect(await tokensOf(order)).toMatchObject([{ status: "revoked" }]);
    expect(await shop.mailed()).toEqual([]);
  });

  test("try again while PACKAGE.broker does not answer, with the same key, and tell the shop when it is in vain", async () => {
    const keys: unknown[] = [];
    const answers = [undefined, [429, { "retry-after": "1" }], [503, {}], [201, {}]] as const;
    const server = createServer((request, response) => {
      keys.push(request.headers["idempotency-key"]);
      const [status, headers] = answers[keys.length - 1] ?? [undefined];
      if (status === undefined) {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, headers).end(JSON.stringify({ id: "token_1", token: "pbt_late", expires_at: null }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await using shop = await startShop(language, "hex", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const order = newOrder();
    expect(await shop.deliver(order)).toBe(204);
    expect(keys).toEqual(Array.from({ length: 4 }, () => `order-${order.order_id}`));
    expect(await shop.mailed()).toEqual(["pbt_late"]);
    expect(await shop.deliver(newOrder())).toBe(500);
    expect(await shop.mailed()).toHaveLength(1);
    server.closeAllConnections();
    server.close();
  });
});

test("no example holds a secret", async () => {
  for (const file of [
    "php/broker.php",
    "php/signatures.php",
    "php/webhook.php",
    "node/broker.mjs",
    "node/webhook.mjs",
  ]) {
    const text = await readFile(path.join(EXAMPLES, file), "utf8");
    expect(text, file).not.toMatch(/pb[tm]_\w{5,}|whsec_\w+|(?:secret|token)\s*=\s*["'][^"']+["']/i);
  }
});

// What people copy from the guide is what the tests above ran.
test("every PHP and Node snippet of the guide is a piece of an example, as it stands", async () => {
  const guide = fileURLToPath(new URL("../docs/use-cases/eshop-extension-vendor.md", import.meta.url));
  const snippets = [...(await readFile(guide, "utf8")).matchAll(/^```(php|js)\n(.*?)\n```$/gms)];
  expect(snippets.length).toBeGreaterThanOrEqual(7);
  const files = ["php/webhook.php", "php/orders.php", "node/orders.mjs"];
  const code = await Promise.all(files.map((file) => readFile(path.join(EXAMPLES, file), "utf8")));
  for (const [, , snippet = ""] of snippets) {
    for (const piece of snippet.split(/\n\n(?=\/\*\*)/)) {
      expect(
        code.some((text) => text.includes(piece)),
        piece,
      ).toBe(true);
    }
  }
});
