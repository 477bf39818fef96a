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
});
