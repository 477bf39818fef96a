import { describe, expect, test } from "vitest";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { toAppError } from "./error-handler.ts";

const detailOf = (answer: { json: () => unknown }) => (answer.json() as { detail: string }).detail;

describe("a request that is nearly right", () => {
  test("with a misspelt query parameter is told which was meant, and lists nobody", async () => {
    await using server = await startTestServer("sqlite");
    const shop = await server.createManagementToken();
    const cases: [query: string, detail: string][] = [
      ["customerId=1", "The request is not valid: ?customerId is not a known parameter; did you mean customer_id?"],
      ["custmer_id=1", "The request is not valid: ?custmer_id is not a known parameter; did you mean customer_id?"],
      ["sku=1", "The request is not valid: ?sku is not a known parameter"],
    ];
    for (const [query, detail] of cases) {
      const answer = await server.api("GET", `/api/tokens?${query}`, shop);
      expect([answer.status, detailOf(answer)]).toEqual([400, detail]);
    }
  });

  // json_encode([]) of an empty array is a list; the shop meant an object.
  test("with PHP's empty array for an object is taken, and any other list is not", async () => {
    await using server = await startTestServer("sqlite");
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { metadata: [] });
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({ metadata: {} });
    expect((await server.api("PATCH", `/api/tokens/${id}`, shop, { metadata: [] })).status).toBe(200);
    expect((await server.api("POST", `/api/tokens/${id}/rotate`, shop, [])).status).toBe(200);
    for (const metadata of [[1], [[]], [{}]]) {
      expect((await server.api("POST", "/api/tokens", shop, { description: "x", metadata })).status).toBe(400);
    }
    // A list stays a list.
    const none = await server.api("POST", "/api/tokens", shop, { description: "x", allowed_package_prefixes: [] });
    expect(detailOf(none)).toContain("must name at least one prefix");
  });

  test("with broken JSON is told the line and the column, and nothing of what is there", async () => {
    await using server = await startTestServer("sqlite");
    const shop = await server.createManagementToken();
    const cases: [body: string, detail: string][] = [
      ['{"description":"hidden",}', "The body is not valid JSON: see line 1, column 25."],
      ['{\n  "description": "hidden"\n  "metadata": {}\n}', "The body is not valid JSON: see line 3, column 3."],
      ['{"description":hidden}', "The body is not valid JSON: see line 1, column 16."],
      ["{'description':'hidden'}", "The body is not valid JSON: see line 1, column 2."],
      ['{"description":"hidden"', "The body is not valid JSON: see line 1, column 24."],
      ["description=hidden", "The body is not valid JSON: see line 1, column 1."],
      ["[".repeat(100_000), "The body is not valid JSON."],
      ['{"description":"x","__proto__":{"hidden":1}}', "The body is not valid JSON."],
    ];
    for (const [body, detail] of cases) {
      const answer = await server.api("POST", "/api/tokens", shop, body);
      expect([answer.status, detailOf(answer)], body.slice(0, 40)).toEqual([400, detail]);
      expect(server.logLines.join("")).not.toContain("hidden");
    }
  });

  // Shops put the host before "/api" and look at no 404.
  test("with a base URL that ends with a slash is the same request, for authentication and limits too", async () => {
    await using server = await startTestServer("sqlite", { API_RATE_LIMIT: "3" });
    const shop = await server.createManagementToken();
    const sold = await server.api("POST", "//api/tokens", shop, { description: "x", metadata: { customer_id: "a+b" } });
    expect(sold.status).toBe(201);
    const { id } = sold.json() as { id: string };
    const list = await server.api("GET", "///api/tokens?customer_id=a+b", shop);
    expect([list.headers.get("ratelimit-policy"), (list.json() as { id: string }[])[0]?.id]).toEqual([
      ...['"endings";q=100000;w=60', id],
    ]);
    expect((await server.api("GET", `//api/tokens/${id}`, undefined)).status).toBe(401);
    const left = (await server.api("GET", `//api/tokens/${id}`, shop)).headers.get("ratelimit");
    expect(left).toBe('"requests";r=1;t=40');
    for (const path of ["/api//tokens", "//install", "//health", "//evil/api/tokens", "/x//api/tokens"]) {
      expect((await server.api("GET", path, shop)).status, path).toBe(404);
    }
  });
});

// A 500 says that something is wrong with us, and shops' handlers give up.
test("a change that met too many others is answered 503, and when to send it again", () => {
  const error = Object.assign(new Error("deadlock detected"), { code: "40P01", name: "error" });
  const answer = toAppError(error);
  expect([answer.status, answer.code, answer.retryAfterSeconds]).toEqual([503, "service.unavailable", 1]);
  expect(answer.message).not.toContain("deadlock");
});
