import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

const DAY = 24 * 3600;
const ALL = { scopes: [...SCOPES] };

const statusOf = async (server: TestServer, secret: string) => (await server.composer("/packages.json", secret)).status;

const recordsOf = (server: TestServer, action: string) =>
  server.core.database.db
    .selectFrom("audit_events")
    .leftJoin("audit_personal_values", "audit_personal_values.event", "audit_events.id")
    .select(["target_id", "details", "personal_values"])
    .where("action", "=", action)
    .execute();

describe.each(testEngines)("POST /api/tokens/{id}/restore on %s", (engine) => {
  test("takes one revocation back for 30 days, with the same secret and what was in its overlap, and records it", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const { id, token } = await sellToken(server, shop, { metadata: { customer_id: 1 } });
    const rotated = await server.api("POST", `/api/tokens/${id}/rotate`, shop, { overlap_seconds: 10 * DAY });
    const { token: current } = rotated.json() as { token: string };
    const revoked = await server.api("DELETE", `/api/tokens/${id}?reason=Wrong%20order`, shop);
    expect(revoked.json()).toEqual({ message: "Token revoked" });
    expect([await statusOf(server, token), await statusOf(server, current)]).toEqual([401, 401]);
    const shown = (await server.api("GET", `/api/tokens/${id}`, shop)).json() as { revoked_at: number };
    expect(shown).toMatchObject({ status: "revoked", restorable_until: shown.revoked_at + 30 * DAY });
    server.clock.advanceSeconds(5 * DAY);
    const restored = await server.api("POST", `/api/tokens/${id}/restore`, shop, { reason: "It was the other one" });
    expect(restored.json()).toMatchObject({ id, status: "active", revoked_at: null, restorable_until: null });
    expect([await statusOf(server, token), await statusOf(server, current)]).toEqual([200, 200]);
    // Repeating it changes and records nothing.
    expect((await server.api("POST", `/api/tokens/${id}/restore`, shop)).json()).toMatchObject({ status: "active" });
    const records = [...(await recordsOf(server, "token.revoked")), ...(await recordsOf(server, "token.restored"))];
    expect(records.map((one) => [one.target_id, JSON.parse(one.personal_values ?? "null") as unknown])).toEqual([
      [id, { reason: "Wrong order" }],
      [id, { reason: "It was the other one" }],
    ]);
    for (const { details } of records) expect(details).not.toContain("order");
    server.clock.advanceSeconds(5 * DAY);
    expect([await statusOf(server, token), await statusOf(server, current)]).toEqual([401, 200]);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    server.clock.advanceSeconds(30 * DAY);
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({ restorable_until: null });
    const late = (await server.api("POST", `/api/tokens/${id}/restore`, shop)).json();
    expect(late).toMatchObject({ status: 409, detail: expect.stringContaining("more than 30 days ago") as string });
  });

  test("never brings back what leaked, was replaced, transferred or erased, nor a revoked customer's, and says which", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const sold = (customer_id: number) => sellToken(server, shop, { metadata: { customer_id } });
    const [leaked, replaced, transferred, erased, customers, before, later] = [
      ...[await sold(1), await sold(2), await sold(3), await sold(4), await sold(5), await sold(5), await sold(1)],
    ];
    await server.api("DELETE", `/api/tokens/${leaked!.id}?why=leaked`, shop);
    await server.api("DELETE", `/api/tokens/${replaced!.id}?why=replaced`, shop);
    await server.api("DELETE", `/api/tokens/${transferred!.id}`, shop);
    await server.api("POST", "/api/customers/3/transfer", shop, { email: "new@example.com" });
    await server.api("POST", "/api/customers/4/erase", shop, { confirm: "4" });
    await server.api("DELETE", `/api/tokens/${before!.id}`, shop);
    server.clock.advanceSeconds(1);
    await server.api("POST", "/api/customers/5/revoke", shop);
    // Only later it is known that the secret leaked.
    await server.api("DELETE", `/api/tokens/${later!.id}`, shop);
    await server.api("DELETE", `/api/tokens/${later!.id}?why=leaked`, shop);
    const refusals: [token: typeof leaked, words: string][] = [
      [leaked, "as leaked, which is final"],
      [later, "as leaked, which is final"],
      [replaced, "another one took its place"],
      [transferred, "transferred to somebody else"],
      [erased, "its buyer was erased"],
      [customers, "restore the customer"],
      [before, "restore the customer first"],
    ];
    for (const [sold, words] of refusals) {
      const answer = await server.api("POST", `/api/tokens/${sold!.id}/restore`, shop);
      expect([answer.status, answer.text], words).toEqual([409, expect.stringContaining(words)]);
      expect(await statusOf(server, sold!.token)).toBe(401);
    }
    // The customer's restoration brings back what it ended, and not what had leaked before.
    await server.api("POST", "/api/customers/5/restore", shop);
    expect([await statusOf(server, customers!.token), await statusOf(server, before!.token)]).toEqual([200, 401]);
    await server.api("POST", `/api/tokens/${before!.id}/restore`, shop);
    expect(await statusOf(server, before!.token)).toBe(200);
  });

  test("is 404 for a caller who does not see the token", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken(ALL);
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["globex/"] });
    const { id } = await sellToken(server, owner, { allowed_package_prefixes: ["acme/"] });
    await server.api("DELETE", `/api/tokens/${id}`, owner);
    for (const verb of ["restore", "suspend", "resume"]) {
      expect((await server.api("POST", `/api/tokens/${id}/${verb}`, bounded)).status, verb).toBe(404);
    }
  });
});
