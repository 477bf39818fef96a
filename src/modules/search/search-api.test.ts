import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";

async function open(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  const shop = await server.createManagementToken();
  const find = async (list: "tokens" | "customers", text: string, caller = shop) => {
    const answer = await server.api("GET", `/api/${list}?q=${encodeURIComponent(text)}`, caller);
    expect(answer.status, answer.text).toBe(200);
    return (answer.json() as { id: string; customer_id?: string }[]).map((one) => one.customer_id ?? one.id);
  };
  return { server, shop, find };
}

describe.each(testEngines)("?q= of tokens and customers on %s", (engine) => {
  // Whoever writes to support quotes what stands in a mail or a terminal, hardly ever what is stored.
  test("finds what a buyer quotes, whatever stands around it and in whichever case", async () => {
    const { server: opened, shop, find } = await open(engine);
    await using server = opened;
    const metadata = { customer_id: "42", customer_email: "zoë@Müller.example", order_id: "SR-1" };
    const names = { billing_first_name: "Zoë", customerName: "Müller-Groß", product_name: "Checkout" };
    const sold = await sellToken(server, shop, { metadata: { ...metadata, ...names } });
    await sellToken(server, shop, { metadata: { customer_id: "7", customer_email: "a@b.example", order_id: "SR-2" } });
    const rotated = await server.api("POST", `/api/tokens/${sold.id}/rotate`, shop, {});
    const { token: current } = rotated.json() as { token: string };
    const quoted = [
      ...[sold.token, current].flatMap((secret) => {
        const end = secret.slice(-4);
        return [end, `…${end}`, `...${end}`, `(${end})`, `"${end}"`, `zoe@müller.example …${end}`, `"${secret}"`];
      }),
      ...["SR-1", "sr-1", "#SR-1", "(#sr-1)", "zoë@", "zoe@", "ZOE@muller.example", "@müller.example"],
      ...["müller.example", "Zoe", "muller gross", "Groß, Zoë", "MULL", sold.id, `"${sold.id}"`],
    ];
    for (const text of quoted) {
      expect(await find("tokens", text), text).toEqual([sold.id]);
      expect(await find("customers", text), text).toEqual(["42"]);
    }
    for (const text of ["checkout", "SR", "zoe a", "uller", "ex.example"]) {
      expect(await find("tokens", text), text).toEqual([]);
    }
  });

  test("finds by the name as it is now, and by none once its buyer is erased", async () => {
    const { server: opened, shop, find } = await open(engine);
    await using server = opened;
    const metadata = { customer_id: "42", customer_name: "Ada Lovelace" };
    const { id } = await sellToken(server, shop, { metadata });
    const renamed = { ...metadata, customer_name: "Ada King" };
    await server.api("PATCH", `/api/tokens/${id}`, shop, { metadata: renamed });
    expect([await find("tokens", "lovelace"), await find("customers", "king ada")]).toEqual([[], ["42"]]);
    const support = await server.createManagementToken({ scopes: ["customers:write", "customers:read"] });
    await server.api("POST", "/api/customers/42/erase", support, { confirm: "42" });
    const status = await server.api("GET", "/api/tokens?status=all&q=king", shop);
    expect(status.json()).toEqual([]);
    expect(await server.core.database.db.selectFrom("token_words").selectAll().execute()).toEqual([]);
  });

  test("shows nothing of another shop, or outside of a bound, by whatever it is searched for", async () => {
    const { server: opened, find } = await open(engine);
    await using server = opened;
    const foreign = await server.createManagementToken({ shop: "foreign" });
    const bounded = await server.createManagementToken({ prefixes: ["acme/"] });
    const metadata = { customer_id: "42", customer_email: "a@b.example", order_id: "SR-1", name: "Ada" };
    const other = await server.createManagementToken();
    const prefixes = { allowed_package_prefixes: ["globex/"] };
    const { token } = await sellToken(server, other, { ...prefixes, metadata });
    for (const text of ["ada", "@b.example", "#sr-1", `…${token.slice(-4)}`]) {
      expect(await find("tokens", text, other), text).toHaveLength(1);
      for (const caller of [foreign, bounded]) {
        expect([await find("tokens", text, caller), await find("customers", text, caller)], text).toEqual([[], []]);
      }
    }
  });

  // An order's number is compared exactly wherever something follows from it.
  test("leaves the filters exact", async () => {
    const { server: opened, shop } = await open(engine);
    await using server = opened;
    await sellToken(server, shop, { metadata: { customer_id: "Ab", order_id: "SR-1" } });
    for (const query of ["order_id=sr-1", "order_id=%23SR-1", "customer_id=ab"]) {
      expect((await server.api("GET", `/api/tokens?${query}`, shop)).json(), query).toEqual([]);
    }
  });
});
