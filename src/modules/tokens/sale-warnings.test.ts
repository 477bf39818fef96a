import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };

interface Sold {
  id: string;
  token: string;
  warnings?: string[];
  dependencies: string[];
}

async function setUp(server: TestServer) {
  const require = { "acme/core": "^1", "acme/gone": "*", "acme/virtual": "*", "psr/log": "*", php: ">=8" };
  const { database } = server.core;
  await hostPackage(database, "acme/checkout", [{ version: "1.0.0", extra: { require } }]);
  const extra = { require: { "globex/base": "*" }, replace: { "acme/virtual": "*" } };
  await hostPackage(database, "acme/core", [{ version: "1.0.0", extra }]);
  await hostPackage(database, "globex/base", ["1.0.0"]);
  await hostPackage(database, "globex/checkuot", ["1.0.0"]);
  const wide = await server.createManagementToken(ALL);
  const narrow = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
  const sell = async (by: string, body: object): Promise<Sold> => {
    const answer = await server.api("POST", "/api/tokens", by, { description: "A sale", ...body });
    expect(answer.status, answer.text).toBe(201);
    return answer.json() as Sold;
  };
  return { wide, narrow, sell };
}

describe.each(testEngines)("what a sale warns of on %s", (engine) => {
  test("what it requires and the token does not open, what no source gives, and what nobody hosts", async () => {
    await using server = await startTestServer(engine);
    const { wide, narrow, sell } = await setUp(server);
    const missing =
      "acme/checkout requires acme/gone, which no source here gives: add one, or composer will not find it.";
    const core =
      'acme/checkout requires acme/core, which is not granted to this token: grant it too, or send "with_dependencies": true.';
    const sold = await sell(wide, { allowed_package_prefixes: ["acme/checkout"] });
    expect(sold.warnings).toEqual([missing, core, expect.stringContaining("acme/core requires globex/base")]);
    // Of what lies outside of its bound a caller learns no name.
    const bounded = await sell(narrow, { allowed_package_prefixes: ["acme/checkout"] });
    expect(bounded.warnings).toEqual([
      ...[missing, core],
      "acme/core requires a package that this management token may not grant: the customer needs it as well.",
    ]);
    const [misspelt] = (await sell(narrow, { allowed_package_prefixes: ["acme/chekuot"] })).warnings ?? [];
    expect(misspelt).toBe("acme/chekuot is not hosted here: did you mean acme/checkout?");
    const [unheard] = (await sell(wide, { allowed_package_prefixes: ["initech/secret-thing"] })).warnings ?? [];
    expect(unheard).toMatch(/^initech\/secret-thing is not hosted here: check how it is written/);
    const whole = await sell(wide, { allowed_package_prefixes: ["acme/", "globex/"] });
    expect(whole.warnings).toEqual([missing]);
    // The same words where it is granted to a customer.
    const line = await server.api("PUT", "/api/customers/42/grants/default/o/1", narrow, { package: "acme/chekuot" });
    expect(line.json()).toMatchObject({ warnings: [misspelt] });
    // A source that comes is known with the next sale.
    await hostPackage(server.core.database, "acme/gone", ["1.0.0"]);
    expect((await sell(wide, { allowed_package_prefixes: ["acme/", "globex/"] })).warnings).toBeUndefined();
  });

  test("with_dependencies grants along what is required, within the bound, and the buyer installs it", async () => {
    await using server = await startTestServer(engine);
    const { wide, narrow, sell } = await setUp(server);
    const sale = { allowed_package_prefixes: ["acme/checkout"], with_dependencies: true, constraint: "^1" };
    const { id, token, dependencies, warnings } = await sell(wide, sale);
    expect(dependencies).toEqual(["acme/core", "globex/base"]);
    expect(warnings).toEqual([expect.stringContaining("acme/gone") as string]);
    const opens = async (name: string) => (await server.composer(`/p2/${name}.json`, token)).text.includes("1.0.0");
    expect([await opens("acme/core"), await opens("globex/base")]).toEqual([true, true]);
    const read = (await server.api("GET", `/api/tokens/${id}`, wide)).json();
    expect(read).toMatchObject({ allowed_package_prefixes: ["acme/checkout"], dependencies });
    const explained = await server.api("GET", `/api/access/explain?token_id=${id}&package=acme/core`, wide);
    expect(explained.json()).toMatchObject({
      allowed: true,
      grants: [{ dependency: false }, { dependency: true }, {}],
    });
    const bounded = await sell(narrow, sale);
    expect(bounded.dependencies).toEqual(["acme/core"]);
    expect((await server.composer("/p2/globex/base.json", bounded.token)).status).toBe(404);
    for (const body of [{ access: "project", allowed_package_prefixes: ["acme/"] }, { access: "customer" }]) {
      const metadata = { customer_id: 1 };
      const refused = { description: "x", with_dependencies: true, metadata, ...body };
      const answer = await server.api("POST", "/api/tokens", wide, refused);
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: "/with_dependencies" }] });
    }
  });

  test("an end that is past, an address that is none, and a change that loses customer and order", async () => {
    await using server = await startTestServer(engine);
    const { wide, sell } = await setUp(server);
    const metadata = { customer_id: "up", customer_email: "nobody", order_id: "o-1" };
    const born = await sell(wide, { allowed_package_prefixes: ["globex/"], expires_at: NOW - 5, metadata });
    expect(born.warnings).toEqual([
      `This token has expired already: expires_at is ${NOW - 5}, and it is ${NOW}. It opens nothing.`,
      "metadata.customer_email is no e-mail address: no mail can be sent to it.",
    ]);
    const patch = async (body: object) =>
      (await server.api("PATCH", `/api/tokens/${born.id}`, wide, body)).json() as Sold;
    expect((await patch({ metadata: { order_id: "new" } })).warnings).toEqual([
      expect.stringContaining("no customer any more") as string,
    ]);
    expect((await patch({ metadata: {} })).warnings).toEqual([expect.stringContaining("no order any more") as string]);
    expect((await patch({ metadata: {}, rate_limit_max: 5 })).warnings).toBeUndefined();
    expect((await patch({ expires_at: NOW - 1, grace_days: 3 })).warnings).toEqual([
      expect.stringContaining("goes on for its 3 days of grace") as string,
    ]);
    expect((await patch({ allowed_package_prefixes: ["globex/bsae"] })).warnings).toEqual([
      "globex/bsae is not hosted here: did you mean globex/base?",
    ]);
    expect((await patch({ allowed_package_prefixes: ["globex/"], expires_at: null })).warnings).toBeUndefined();
  });

  test("with one credential per customer the line is what ends, goes on for its days of grace, and is warned of", async () => {
    await using server = await startTestServer(engine);
    await setUp(server);
    const by = await server.createManagementToken({ ...ALL, credential: "customer", graceDays: 5 });
    const metadata = { customer_id: 42, order_id: "o" };
    const body = { description: "x", allowed_package_prefixes: ["acme/core", "globex/base"], metadata };
    const keyed = { "idempotency-key": "k" };
    const sold = await server.api("POST", "/api/tokens", by, { ...body, expires_at: NOW - 6 * 86_400 }, keyed);
    expect(sold.json()).toMatchObject({
      access: "customer",
      grace_days: 5,
      in_grace: false,
      warnings: [expect.stringContaining("What this sale brought has expired already") as string],
    });
    const { id, token } = sold.json() as Sold;
    const isOpen = async () => (await server.composer("/p2/acme/core.json", token)).text.includes("1.0.0");
    expect(await isOpen()).toBe(false);
    const patched = await server.api("PATCH", `/api/tokens/${id}`, by, { grace_days: 7 });
    expect(patched.json()).toMatchObject({ grace_days: 7, in_grace: true });
    expect(await isOpen()).toBe(true);
    const root = await server.composer("/packages.json", token);
    expect(root.json()).toMatchObject({
      warning: expect.stringContaining("Your access to acme/core and 1 more") as string,
    });
  });
});
