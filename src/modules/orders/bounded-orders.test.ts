import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const VERBS = ["restore", "resume", "suspend", "revoke"] as const;

const told = (answer: TestAnswer) => ({ ...(answer.json() as object), request_id: "", order_id: "" });

describe.each(testEngines)("what others did to an order, for a caller with a package bound, on %s", (engine) => {
  // Whoever sells acme/ would learn that somebody has another vendor's order, and when it was suspended.
  test.each(["suspend", "revoke"] as const)("is nothing where it sees nothing of the order: %s", async (done) => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    await sellToken(server, owner, {
      metadata: { customer_id: "6", order_id: "X" },
      allowed_package_prefixes: ["globex/"],
    });
    const call = (by: string, order: string, verb: string, body: object) =>
      server.api("POST", `/api/orders/${order}/${verb}`, by, body);
    expect((await call(owner, "X", done, { customer_id: "6" })).status).toBe(200);
    server.clock.advanceSeconds(100);
    // Also where nobody is named: that there is only one buyer is not told either.
    for (const verb of VERBS) {
      const [known, unknown] = [await call(bounded, "X", verb, {}), await call(bounded, "Y", verb, {})];
      expect(told(known), verb).toEqual(told(unknown));
    }
    for (const verb of VERBS) {
      const [known, unknown] = [
        await call(bounded, "X", verb, { customer_id: "6" }),
        await call(bounded, "Y", verb, { customer_id: "6" }),
      ];
      expect(told(known), verb).toEqual(told(unknown));
      expect(known.status, known.text).toBe(verb === "restore" || verb === "resume" ? 404 : 200);
      if (verb === "suspend") expect(known.json()).toMatchObject({ suspended_at: NOW + 100 });
    }
    // What it did itself it may take back; what the owner did goes on.
    expect((await call(bounded, "X", "restore", {})).json()).toMatchObject({ message: "Order restored" });
    expect((await call(bounded, "X", "resume", {})).json()).toMatchObject({ suspended_at: null });
    const undo = done === "suspend" ? "resume" : "restore";
    const undone = (await call(owner, "X", undo, { customer_id: "6" })).json();
    expect(undone).toMatchObject({ tokens: [expect.any(String)] });
  });

  test("is told where something that it sees follows it", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const metadata = { customer_id: "6", order_id: "X" };
    await sellToken(server, bounded, { metadata });
    await server.api("POST", "/api/orders/X/suspend", owner, {});
    server.clock.advanceSeconds(100);
    const call = (verb: string) => server.api("POST", `/api/orders/X/${verb}`, bounded, {});
    expect((await call("suspend")).json()).toMatchObject({ suspended_at: NOW });
    expect((await call("resume")).json()).toMatchObject({
      status: 404,
      detail: expect.stringContaining("suspension") as string,
    });
  });

  test("does not keep what it sees from having ended, while others have something of it", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    for (const [by, name] of [
      [bounded, "acme/core"],
      [owner, "globex/core"],
    ] as const) {
      const put = await server.api("PUT", `/api/customers/6/grants/default/X/${name.length}`, by, { package: name });
      expect(put.status, put.text).toBe(201);
    }
    server.clock.advanceSeconds(1);
    expect((await server.api("POST", "/api/orders/X/revoke", bounded, {})).json()).toMatchObject({ grants_revoked: 1 });
    expect((await server.api("POST", "/api/orders/X/suspend", bounded, {})).status).toBe(409);
    expect((await server.api("POST", "/api/orders/X/suspend", owner, {})).status).toBe(200);
  });
});
