import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createComposerProject } from "./support/composer-client.ts";
import { type PhpShop, startPhpShop } from "./support/php-shop.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

interface Sold {
  id: string;
  token: string;
}

let setUp: VendorSetUp;
let managementToken: string;
let shop: PhpShop;

beforeAll(async () => {
  setUp = await setUpVendor();
  const scopes = "tokens:write,tokens:read,customers:write,grants:write";
  managementToken = await setUp.broker.cliOrFail([
    ...["management-token", "create", "--name", "shop that refunds", "--scopes", scopes, "--prefix", "acme/"],
  ]);
  shop = await startPhpShop({ brokerUrl: setUp.broker.url, managementToken, vendorPrefix: "acme/" });
});

afterAll(async () => {
  await shop.stop();
  await setUp[Symbol.asyncDispose]();
});

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await setUp.broker.api(method, path, managementToken, body);
  expect(answer.status, `${method} ${path}`).toBeLessThan(300);
  return answer.body;
}

const sell = async (body: object) => (await call("POST", "/api/tokens", { description: "a sale", ...body })) as Sold;

async function configured(token: string) {
  const project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  return project;
}

/** The lines of ours that a person read, each once. */
function sentences(output: string): string[] {
  const lines = output.split("\n").filter((line) => line.includes("Warning from"));
  return [...new Set(lines.map((line) => line.replace(/^.*?Warning from \S+: /, "").trim()))];
}

describe("one refund of a whole order", () => {
  test("ends what the guide's PHP handler sold, what was sold again by hand and by unique_by: no live token is left", async () => {
    const buyer = { customer_id: "77", customer_email: "buyer@example.com", order_id: "MIG-1" };
    expect((await shop.purchase(buyer)).status).toBe(200);
    expect((await shop.purchase(buyer)).status).toBe(200);
    const metadata = { customer_email: "Buyer@example.com", order_id: "MIG-1" };
    const byHand = await sell({ allowed_package_prefixes: ["acme/"], metadata });
    const unique = { unique_by: "order", metadata: { ...buyer, order_id: "MIG-2" } };
    const other = await sell({ allowed_package_prefixes: ["acme/"], ...unique });
    const again = { unique_by: "order", again: true, metadata: buyer };
    await call("POST", "/api/tokens", { description: "paid again", allowed_package_prefixes: ["acme/"], ...again });
    const revoked = (await call("POST", "/api/orders/MIG-1/revoke", { reason: "Refund 9" })) as { tokens: string[] };
    expect(revoked.tokens).toContain(byHand.id);
    expect(revoked.tokens.length).toBeGreaterThanOrEqual(3);
    expect(await call("GET", "/api/tokens?order_id=MIG-1")).toEqual([]);
    const secrets = [byHand.token, ...(await shop.mails()).map(({ token }) => token)];
    for (const secret of secrets) {
      const headers = { authorization: `Basic ${Buffer.from(`token:${secret}`).toString("base64")}` };
      expect((await fetch(`${setUp.broker.url}/packages.json`, { headers })).status).toBe(401);
    }
    await using project = await configured(other.token);
    expect((await project.run(["require", "acme/theme"])).exitCode).toBe(0);
  });
});

describe("what composer says while something is suspended", () => {
  test("of a token, in a sentence of its own, and afterwards the same secret installs", async () => {
    const metadata = { customer_id: "78", order_id: "SUS-1" };
    const { id, token } = await sell({ allowed_package_prefixes: ["acme/"], metadata });
    await using project = await configured(token);
    await call("POST", `/api/tokens/${id}/suspend`, { reason: "Dispute" });
    const refused = await project.run(["require", "acme/theme"]);
    expect(refused.exitCode).not.toBe(0);
    expect(sentences(refused.output)).toEqual([
      `Your token (…${token.slice(-4)}) is suspended: ask the vendor why; it works again once they resume it.`,
    ]);
    await call("POST", `/api/tokens/${id}/resume`);
    expect((await project.run(["require", "acme/theme"])).exitCode).toBe(0);
  });

  test("of an order's line, of that package only: the rest of the run goes on", async () => {
    const { token } = await sell({ access: "customer", metadata: { customer_id: "79" } });
    await call("PUT", "/api/customers/79/grants/default/LINE-1/1", { package: "acme/core" });
    await call("PUT", "/api/customers/79/grants/default/LINE-2/1", { package: "acme/theme" });
    await using project = await configured(token);
    await call("POST", "/api/orders/LINE-2/suspend", {});
    const refused = await project.run(["require", "acme/theme"]);
    expect(refused.exitCode).not.toBe(0);
    expect(sentences(refused.output)).toEqual(["acme/theme: your access is suspended; ask the vendor why."]);
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    await call("POST", "/api/orders/LINE-2/resume", {});
    expect((await project.run(["require", "acme/theme"])).exitCode).toBe(0);
  });
});
