import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PhpShop, startPhpShop } from "./support/php-shop.ts";
import { runNodePurchase } from "./support/shop-handlers.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

let setUp: VendorSetUp;
let managementToken: string;
let shop: PhpShop;

beforeAll(async () => {
  setUp = await setUpVendor();
  managementToken = await setUp.broker.cliOrFail([
    ...["management-token", "create", "--name", "shop that repeats", "--scopes", "tokens:write,tokens:read"],
    ...["--prefix", "acme/", "--unique-by", "order"],
  ]);
  shop = await startPhpShop(shopSettings());
});

afterAll(async () => {
  await shop.stop();
  await setUp[Symbol.asyncDispose]();
});

const shopSettings = () => ({ brokerUrl: setUp.broker.url, managementToken, vendorPrefix: "acme/" });

async function tokensOf(customerId: string): Promise<{ id: string; last_four: string }[]> {
  const answer = await setUp.broker.api("GET", `/api/tokens?customer_id=${customerId}`, managementToken);
  return answer.body as { id: string; last_four: string }[];
}

/** The second repetition sends another end than the first, as the guide's handlers compute it. */
const laterOn = () => new Promise((resolve) => setTimeout(resolve, 1_100));

// The guide's handlers know nothing of repetitions: they mail `token`, whatever it is, where the call was well.
describe("the guide's handlers, unchanged, when a shop delivers a purchase five times at once and once more later", () => {
  test("in PHP: one token, and each mail holds it", async () => {
    const purchase = { customer_id: "php", customer_email: "php@example.com", order_id: "5001" };
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.purchase(purchase)));
    await laterOn();
    answers.push(await shop.purchase(purchase));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await shop.errors()).toEqual([]);
    const tokens = await tokensOf("php");
    expect(tokens).toHaveLength(1);
    const mails = await shop.mails();
    expect(mails).toHaveLength(6);
    expect(new Set(mails.map(({ token }) => token)).size).toBe(1);
    expect(mails[0]?.token).toMatch(new RegExp(`^pbt_.*${tokens[0]?.last_four ?? "?"}$`, "u"));
  });

  test("in Node: one token, no run throws, and each mail holds it", async () => {
    const purchase = { customerId: "node", customerEmail: "node@example.com", orderId: "5002" };
    const runs = await Promise.all(Array.from({ length: 5 }, () => runNodePurchase(purchase, shopSettings())));
    await laterOn();
    runs.push(await runNodePurchase(purchase, shopSettings()));
    expect(runs.flatMap(({ errors }) => errors)).toEqual([]);
    const tokens = await tokensOf("node");
    expect(tokens).toHaveLength(1);
    const mailed = runs.flatMap(({ mails }) => mails.map(({ token }) => token));
    expect(mailed).toHaveLength(6);
    expect(new Set(mailed).size).toBe(1);
    expect(mailed[0]).toMatch(new RegExp(`^pbt_.*${tokens[0]?.last_four ?? "?"}$`, "u"));
  });

  test("after the secret was replaced nothing is mailed that does not work", async () => {
    const purchase = { customerId: "rotated", customerEmail: "rotated@example.com", orderId: "5003" };
    await runNodePurchase(purchase, shopSettings());
    const [{ id } = { id: "" }] = await tokensOf("rotated");
    await setUp.broker.api("POST", `/api/tokens/${id}/rotate`, managementToken, {});
    const { mails, error } = await runNodePurchase(purchase, shopSettings());
    expect(mails).toEqual([]);
    expect(error).toMatchObject({ response: { status: 409, data: { code: "resource.conflict" } } });
  });

  // Two sites with one management token, a copy for tests, numbers that begin again.
  test("for another buyer with the same order number: each is mailed their own token, in PHP and in Node", async () => {
    const known = (await shop.mails()).length;
    for (const [customer_id, customer_email] of [
      [7101, "sa@example.com"],
      [7102, "sb@example.com"],
      [7101, "sa@example.com"],
    ] as const) {
      expect((await shop.purchase({ customer_id, customer_email, order_id: "201" })).status).toBe(200);
    }
    const inPhp = (await shop.mails()).slice(known);
    const inNode = [];
    for (const [customerId, customerEmail] of [
      ["7201", "na@example.com"],
      ["7202", "nb@example.com"],
      ["7201", "na@example.com"],
    ] as const) {
      inNode.push(...(await runNodePurchase({ customerId, customerEmail, orderId: "202" }, shopSettings())).mails);
    }
    for (const [mails, ids] of [
      [inPhp, ["7101", "7102"]],
      [inNode, ["7201", "7202"]],
    ] as const) {
      const [first, second, again] = mails.map(({ token }) => token);
      expect(mails).toHaveLength(3);
      expect(again).toBe(first);
      expect(second).not.toBe(first);
      for (const [index, id] of ids.entries()) {
        const [token, ...others] = await tokensOf(id);
        expect(others).toEqual([]);
        expect(mails[index]?.token.slice(-4)).toBe(token?.last_four);
      }
    }
  });

  test("after a refund nothing is mailed, and the shop is told so", async () => {
    const purchase = { customerId: "refunded", customerEmail: "refunded@example.com", orderId: "5004" };
    await runNodePurchase(purchase, shopSettings());
    const [{ id } = { id: "" }] = await tokensOf("refunded");
    await setUp.broker.api("DELETE", `/api/tokens/${id}`, managementToken);
    const { mails, error } = await runNodePurchase(purchase, shopSettings());
    expect(mails).toEqual([]);
    expect(error).toMatchObject({ response: { status: 409, data: { code: "sale.ended" } } });
    const known = (await shop.mails()).length;
    await shop.purchase({ customer_id: "refunded", customer_email: "refunded@example.com", order_id: "5004" });
    expect(await shop.mails()).toHaveLength(known);
  });
});

// Composer keeps one credential per host: the second purchase must not break the first.
describe("the guide's handlers, unchanged, with one credential per customer", () => {
  test("any mailed token opens all that was bought, and the guide's revoke script ends all of it", async () => {
    const secret = await setUp.broker.cliOrFail([
      ...["management-token", "create", "--name", "one credential", "--scopes", "tokens:write,tokens:read"],
      ...["--prefix", "acme/", "--credential", "customer"],
    ]);
    const settings = { ...shopSettings(), managementToken: secret };
    const mailed: string[] = [];
    for (const orderId of ["TW-1", "TW-2"]) {
      const purchase = { customerId: "6001", customerEmail: "tw@example.com", orderId };
      mailed.push(...(await runNodePurchase(purchase, settings)).mails.map(({ token }) => token));
    }
    expect(new Set(mailed).size).toBe(2);
    const status = async (token: string) =>
      (await fetch(`${setUp.broker.url}/packages.json`, { headers: { authorization: basic(token) } })).status;
    for (const token of mailed) expect(await status(token)).toBe(200);
    const list = await setUp.broker.api("GET", "/api/tokens?customer_id=6001", secret);
    for (const { id } of list.body as { id: string }[]) await setUp.broker.api("DELETE", `/api/tokens/${id}`, secret);
    for (const token of mailed) expect(await status(token)).toBe(401);
  });
});

function basic(token: string): string {
  return `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
}
