import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";

describe.each(testEngines)("usage on %s", (engine) => {
  test("tells a management token with a package bound nothing about whether a customer it cannot see exists", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sale = { description: "x", allowed_package_prefixes: ["other/"], metadata: { customer_id: "hidden" } };
    expect((await server.api("POST", "/api/tokens", shop, sale)).status).toBe(201);
    const bounded = await server.createManagementToken({
      scopes: ["usage:read", "customers:read"],
      prefixes: ["acme/"],
    });
    expect((await server.api("GET", "/api/customers/hidden", bounded)).status).toBe(404);
    expect((await server.api("GET", "/api/usage?customer_id=hidden", bounded)).status).toBe(404);
  });
});
