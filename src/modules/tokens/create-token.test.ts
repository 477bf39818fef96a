import { describe, expect, test } from "vitest";
import { startTestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

describe.each(testEngines)("POST /api/tokens on %s", (engine) => {
  // The request of the spec's API reference, as it stands there.
  test("answers the spec's own request with the spec's own fields first", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ prefixes: ["your-vendor/"] });
    const answer = await server.api("POST", "/api/tokens", shop, {
      description: "Customer: customer@example.com (Order: 12345)",
      permissions: "readonly",
      expires_at: 1735689600,
      allowed_package_prefixes: ["your-vendor/"],
      rate_limit_max: 1000,
      metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
    });
    expect(answer.status).toBe(201);
    const body = answer.json() as Record<string, unknown>;
    expect(Object.keys(body).slice(0, 6)).toEqual(["id", "token", "description", "permissions", "expires_at", "created_at"]);
    expect(body).toMatchObject({ permissions: "readonly", expires_at: 1735689600, status: "expired", rate_limit_max: 1000 });
    expect(body["token"]).toMatch(/^pbt_[0-9A-Za-z]{36}$/);
  });

  // Otherwise a wrong field name sells an unlimited token.
  test("refuses an unknown field by name and stores nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const answer = await server.api("POST", "/api/tokens", shop, { description: "x", alowed_package_prefixes: ["acme/"] });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "request.invalid",
      errors: [{ pointer: "/alowed_package_prefixes", detail: "is not a known field" }],
    });
    expect(await server.core.database.db.selectFrom("tokens").selectAll().execute()).toEqual([]);
  });
});
