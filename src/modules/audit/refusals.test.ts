import { describe, expect, test } from "vitest";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { listAuditEvents } from "./index.ts";

async function refusalsOf(server: TestServer) {
  await server.application.refusals.flush();
  const records = await listAuditEvents({ db: server.core.database.db }, { limit: 50, action: "credential.refused" });
  return records.map(({ target, details, personal }) => ({
    problem: target.id,
    ...(details as { after: object }).after,
    personal,
  }));
}

describe.each(testEngines)("refused credentials on %s", (engine) => {
  // A CI job with an old token would fill the audit log in an afternoon.
  test("are one record a burst and kind, with how often, from where and until when", async () => {
    await using server = await startTestServer(engine, { TRUSTED_PROXIES: "127.0.0.1" });
    const unknown = newSecret("pbt");
    for (let ask = 0; ask < 25; ask++) {
      await server.composer("/packages.json", unknown, { "x-forwarded-for": "203.0.113.7" });
      server.clock.advanceSeconds(1);
    }
    await server.api("GET", "/api/tokens", newSecret("pbm"), undefined, { "x-forwarded-for": "203.0.113.8" });
    await server.api("GET", "/api/tokens", undefined);
    const records = await refusalsOf(server);
    expect(records).toHaveLength(2);
    expect(records).toContainEqual(
      expect.objectContaining({
        surface: "composer",
        problem: "unknown",
        count: 25,
        personal: { address: "203.0.113.7" },
      }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ surface: "api", problem: "invalid", count: 1, personal: { address: "203.0.113.8" } }),
    );
    expect(JSON.stringify(records)).not.toContain(unknown);
    expect(await refusalsOf(server)).toHaveLength(2);
  });

  test("of a token that ended are told apart from unknown ones", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const minted = (await server.api("POST", "/api/tokens", shop, { description: "x" })).json() as {
      id: string;
      token: string;
    };
    await server.api("DELETE", `/api/tokens/${minted.id}`, shop);
    await server.composer("/packages.json", minted.token);
    expect(await refusalsOf(server)).toMatchObject([{ problem: "revoked", count: 1 }]);
  });

  test("from thousands of addresses stay a bounded number of records", async () => {
    await using server = await startTestServer(engine, { TRUSTED_PROXIES: "127.0.0.1" });
    const secret = newSecret("pbt");
    const addresses = Array.from({ length: 300 }, (_, index) => `198.18.${Math.floor(index / 250)}.${index % 250}`);
    for (const address of addresses) await server.composer("/packages.json", secret, { "x-forwarded-for": address });
    await server.application.refusals.flush();
    const rows = await server.core.database.db.selectFrom("audit_events").selectAll().execute();
    expect(rows).toHaveLength(51);
  });

  test("are written at shutdown", async () => {
    const server = await startTestServer(engine);
    await server.composer("/packages.json", newSecret("pbt"));
    await server.stop();
    const rows = await server.core.database.db.selectFrom("audit_events").selectAll().execute();
    expect(rows.map(({ action, sequence }) => [action, sequence !== null])).toEqual([["credential.refused", true]]);
    await server[Symbol.asyncDispose]();
  });
});
