import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";
import { literalValue } from "./raw-plus.ts";

const SCOPES = ["tokens", "customers", "usage", "audit", "packages", "grants"].flatMap((noun) => [
  `${noun}:read`,
  `${noun}:write`,
]);

const entriesOf = (server: TestServer) =>
  server.core.database.db.selectFrom("attention_entries").selectAll().orderBy("id").execute();

async function queriesThatName(server: TestServer): Promise<{ path: string; name: string }[]> {
  const { paths } = (await server.api("GET", "/api/openapi.json", undefined)).json() as {
    paths: Record<string, Record<string, { parameters?: { in: string; name: string }[] }>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.values(operations)
      .flatMap(({ parameters = [] }) => parameters)
      .filter(({ in: place, name }) => place === "query" && /^(customer_id|customer_email|order_id)$/.test(name))
      .map(({ name }) => ({ path, name })),
  );
}

test("a raw plus is read literally only where it is raw, and only of the parameter that is asked for, given once", () => {
  const cases: [query: string, literal: string | undefined][] = [
    ["customer_id=joe+wp@example.com", "joe+wp@example.com"],
    ["a=1&customer_id=a+b&c=2", "a+b"],
    ["customer%5Fid=a+b", "a+b"],
    ["customer_id=a+b%20c%2Bd", "a+b c+d"],
    ["customer_id=50%off+x", "50%off+x"],
    ["customer_id=a+b=c", "a+b=c"],
    ["customer_id=+", "+"],
    ["customer_id=a%20b", undefined],
    ["customer_id=a%2Bb", undefined],
    ["customer_id=ab&other=a+b", undefined],
    ["customer_id=a+b&customer_id=c", undefined],
    ["customer_id", undefined],
    ["", undefined],
  ];
  for (const [query, literal] of cases) {
    expect(literalValue(`/api/tokens?${query}`, "customer_id"), query).toBe(literal);
  }
  expect(literalValue("/api/tokens", "customer_id")).toBeUndefined();
});

describe.each(testEngines)("a raw plus in a filter on %s", (engine) => {
  // The spec's revoke script does not encode: an empty list leaves a cancelled customer with access.
  test("finds the customer it means, in every route that takes such a filter", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const metadata = { customer_id: "joe+wp@example.com", customer_email: "Joe+wp@example.com", order_id: "7+1" };
    const { id } = await sellToken(server, shop, { metadata });
    await sellToken(server, shop, { metadata: { customer_id: "somebody else" } });
    const routes = await queriesThatName(server);
    expect(routes.map(({ path, name }) => `${path} ${name}`)).toEqual(
      expect.arrayContaining(["/api/tokens customer_id", "/api/mails customer_id", "/api/usage customer_id"]),
    );
    for (const { path, name } of routes) {
      const value = metadata[name as keyof typeof metadata];
      const more = path.startsWith("/api/access") ? "&package=acme/core" : "";
      const encoded = await owner.api("GET", `${path}?${name}=${encodeURIComponent(value)}${more}`);
      const raw = await owner.api("GET", `${path}?${name}=${value}${more}`);
      expect(encoded.status, `${path} ${encoded.text}`).toBe(200);
      expect([path, raw.status, raw.text]).toEqual([path, 200, encoded.text]);
    }
    expect(await listedIds(server, shop, "?customer_id=joe+wp@example.com")).toEqual([id]);
    expect(await listedIds(server, shop, "?customer_email=JOE+wp@example.com")).toEqual([id]);
    expect(await listedIds(server, shop, "?order_id=7+1")).toEqual([id]);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    expect(await listedIds(server, shop, "?customer_id=joe+wp@example.com")).toEqual([]);
    expect(await listedIds(server, shop, "?customer_id=joe+wp@example.com&status=all")).toEqual([id]);
    expect(await entriesOf(server)).toEqual([]);
  });

  test("is a blank where that names somebody, and what is encoded is never read otherwise", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sell = async (customer_id: string) => (await sellToken(server, shop, { metadata: { customer_id } })).id;
    const [blank, plus] = [await sell("a b"), await sell("c+d")];
    expect(await listedIds(server, shop, "?customer_id=a+b")).toEqual([blank]);
    expect(await listedIds(server, shop, "?customer_id=a%20b")).toEqual([blank]);
    expect(await listedIds(server, shop, "?customer_id=a%2Bb")).toEqual([]);
    expect(await listedIds(server, shop, "?customer_id=c+d")).toEqual([plus]);
    expect(await listedIds(server, shop, "?customer_id=c%20d")).toEqual([]);
    expect(await listedIds(server, shop, "?customer_id=e+f")).toEqual([]);
  });

  test("that could be either is refused with both encoded forms, ends nobody, and needs attention once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sell = async (customer_id: string) => (await sellToken(server, shop, { metadata: { customer_id } })).id;
    const [blank, plus] = [await sell("a b"), await sell("a+b")];
    // Whatever became of them.
    await server.api("DELETE", `/api/tokens/${blank}`, shop);
    for (let time = 0; time < 2; time++) {
      const answer = await server.api("GET", "/api/tokens?customer_id=a+b", shop);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ code: "request.invalid", errors: [{ pointer: "?customer_id" }] });
      expect(answer.text).toContain("customer_id=a%2Bb for the plus, or customer_id=a%20b for the blank");
    }
    expect(await listedIds(server, shop, "?customer_id=a%2Bb")).toEqual([plus]);
    expect(await listedIds(server, shop, "?customer_id=a%20b&status=all")).toEqual([blank]);
    const { id: customer } = await server.core.database.db
      .selectFrom("customers")
      .select("id")
      .where("customer_id", "=", "a+b")
      .executeTakeFirstOrThrow();
    expect(await entriesOf(server)).toMatchObject([
      { kind: "customer.ambiguous_query", shop: "default", customer, subject_id: customer, times: 2 },
    ]);
  });

  test("finds the token of a guest by the address of the order", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const metadata = { customer_id: 0, customer_email: "Guest+1@example.com" };
    const { id } = await sellToken(server, shop, { metadata });
    expect(await listedIds(server, shop, "?customer_email=Guest+1@example.com")).toEqual([id]);
    await sellToken(server, shop, { metadata: { customer_email: "guest 1@example.com" } });
    const answer = await server.api("GET", "/api/tokens?customer_email=Guest+1@example.com", shop);
    expect(answer.status).toBe(400);
    expect(await entriesOf(server)).toMatchObject([{ customer: null, subject_kind: "token", subject_id: id }]);
  });

  test("tells a caller nothing of another shop's customers, nor of those outside of its package bound", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken();
    const sell = async (customer_id: string, prefix: string, by = owner) =>
      (await sellToken(server, by, { metadata: { customer_id }, allowed_package_prefixes: [prefix] })).id;
    const other = await server.createManagementToken({ shop: "other" });
    const bounded = await server.createManagementToken({ prefixes: ["acme/"] });
    await sell("a+b", "globex/");
    const blank = await sell("a b", "acme/");
    await sell("c d", "acme/", other);
    const plus = await sell("c+d", "acme/");
    expect(await listedIds(server, bounded, "?customer_id=a+b")).toEqual([blank]);
    expect(await listedIds(server, owner, "?customer_id=c+d")).toEqual([plus]);
    expect((await server.api("GET", "/api/tokens?customer_id=a+b", owner)).status).toBe(400);
    expect((await server.api("GET", "/api/tokens?customer_id=a+b&shop=other", owner)).status).toBe(404);
  });

  test("is refused like any other value where it cannot be stored, is empty or is given twice", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (const query of ["customer_id=a+%00", "customer_id=a+b&customer_id=c", `order_id=+${"x".repeat(300)}`]) {
      expect((await server.api("GET", `/api/tokens?${query}`, shop)).status, query).toBe(400);
    }
  });

  test("is not what a page's own link asks: it writes a blank as %20", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (let index = 0; index < 2; index++) await sellToken(server, shop, { metadata: { customer_id: "a b" } });
    const answer = await server.api("GET", "/api/tokens?customer_id=a%20b&limit=1", shop);
    expect(answer.headers.get("link")).toContain("customer_id=a%20b&");
  });
});
