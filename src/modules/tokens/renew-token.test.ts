import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000; // 2027-01-15T08:00:00Z
const DAY = 86_400;
const YEAR = 365 * DAY;

function renewer(server: TestServer, shop: string, id: string) {
  return async (body: object, status = 200) => {
    const answer = await server.api("POST", `/api/tokens/${id}/renew`, shop, body);
    expect(answer.status, answer.text).toBe(status);
    return answer.json() as Record<string, unknown>;
  };
}

describe.each(testEngines)("POST /api/tokens/{id}/renew on %s", (engine) => {
  test("adds a term for each payment once, from the end there is or from now, and never shortens", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, { expires_at: NOW + 10 * DAY });
    const renew = renewer(server, shop, id);
    const first = await renew({ by: "P1Y", renewal_id: "sub-2", reason: "paid early" });
    server.clock.advanceSeconds(1);
    expect(first).toMatchObject({ id, applied: true, reason: null, expires_at: NOW + 10 * DAY + YEAR });
    // The same delivery again, and again after years: the state of now.
    expect(await renew({ by: "P12M", renewal_id: "sub-2" })).toMatchObject({
      ...{ applied: false, reason: expect.stringContaining("counted already") as string },
      expires_at: NOW + 10 * DAY + YEAR,
    });
    expect(await renew({ by: "P1D", renewal_id: "sub-3" })).toMatchObject({ expires_at: NOW + 11 * DAY + YEAR });
    server.clock.advanceSeconds(1);
    expect(await renew({ until: NOW })).toMatchObject({ applied: false, expires_at: NOW + 11 * DAY + YEAR });
    expect(await renew({ until: NOW + 3 * YEAR })).toMatchObject({ applied: true, expires_at: NOW + 3 * YEAR });
    server.clock.setSeconds(NOW + 4 * YEAR);
    expect((await server.composer("/packages.json", token)).status).toBe(401);
    // Expired for a year: from now, not from then.
    expect(await renew({ by: "P30D", renewal_id: "sub-4" })).toMatchObject({ expires_at: NOW + 4 * YEAR + 30 * DAY });
    expect((await server.composer("/packages.json", token)).status).toBe(200);
    expect(await renew({ by: "P1Y", renewal_id: "sub-2" })).toMatchObject({
      ...{ applied: false, expires_at: NOW + 4 * YEAR + 30 * DAY },
    });
    const events = await server.core.database.db
      .selectFrom("audit_events")
      .select("details")
      .where("action", "=", "token.updated")
      .orderBy("occurred_at")
      .execute();
    expect(events.map(({ details }) => JSON.parse(details) as unknown)).toMatchObject([
      {
        ...{ before: { expires_at: NOW + 10 * DAY }, after: { expires_at: NOW + 10 * DAY + YEAR } },
        renewal: { by: "P1Y", renewal_id: "sub-2" },
      },
      { renewal: { by: "P1D", renewal_id: "sub-3" } },
      { renewal: { until: NOW + 3 * YEAR } },
      { renewal: { by: "P30D", renewal_id: "sub-4" } },
    ]);
    const personal = await server.core.database.db
      .selectFrom("audit_personal_values")
      .select("personal_values")
      .execute();
    expect(personal.map(({ personal_values: values }) => values)).toContain('{"reason":"paid early"}');
  });

  test("of many deliveries at once none is lost and none counts twice", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { expires_at: NOW + DAY });
    const renew = renewer(server, shop, id);
    const ids = ["a", "b", "a", "c", "b", "a", "c", "c"];
    const answers = await Promise.all(ids.map((renewal_id) => renew({ by: "P10D", renewal_id })));
    expect(answers.filter(({ applied }) => applied)).toHaveLength(3);
    expect(await renew({ until: NOW })).toMatchObject({ expires_at: NOW + 31 * DAY });
  });

  test("moves updates_until where the sale has one, and leaves alone what never ends", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const kept = await sellToken(server, shop, {
      ...{ allowed_package_prefixes: ["acme/"], updates_until: NOW + DAY, constraint: "^2" },
    });
    const renewed = await renewer(server, shop, kept.id)({ by: "P1Y", renewal_id: "r" });
    expect(renewed).toMatchObject({
      applied: true,
      expires_at: null,
      updates_until: NOW + DAY + YEAR,
      constraint: "^2",
    });
    const lifetime = await sellToken(server, shop);
    const renew = renewer(server, shop, lifetime.id);
    expect(await renew({ by: "P1Y", renewal_id: "r" })).toMatchObject({
      ...{ applied: false, reason: expect.stringContaining("no end") as string, expires_at: null },
    });
    // Counted: it must not move an end that is set later.
    await server.api("PATCH", `/api/tokens/${lifetime.id}`, shop, { expires_at: NOW + DAY });
    expect(await renew({ by: "P1Y", renewal_id: "r" })).toMatchObject({ applied: false, expires_at: NOW + DAY });
  });

  test("refuses another term under a known id, and every renewal of a revoked token but one that counted", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { expires_at: NOW + DAY });
    const renew = renewer(server, shop, id);
    await renew({ by: "P1Y", renewal_id: "r" });
    expect(await renew({ by: "P2Y", renewal_id: "r" }, 422)).toMatchObject({ code: "renewal.id_reused" });
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    for (const body of [{ by: "P1Y", renewal_id: "s" }, { until: NOW + 9 * YEAR }]) {
      expect(await renew(body, 409)).toMatchObject({ code: "resource.conflict" });
    }
    // Told as it is now, not as if it lived.
    expect(await renew({ by: "P1Y", renewal_id: "r" })).toMatchObject({ applied: false, status: "revoked" });
    const { renewals } = await server.core.database.db
      .selectFrom("renewals")
      .select((e) => e.fn.countAll<number>().as("renewals"))
      .executeTakeFirstOrThrow();
    expect(renewals).toBe(1);
  });

  test("does not exist for another shop, another bound, or without tokens:write", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { expires_at: NOW + DAY, allowed_package_prefixes: ["acme/"] });
    const body = { until: NOW + YEAR };
    const callers = [{ shop: "other" }, { prefixes: ["globex/"] }];
    for (const options of callers) {
      const answer = await server.api(
        "POST",
        `/api/tokens/${id}/renew`,
        await server.createManagementToken(options),
        body,
      );
      expect(answer.status).toBe(404);
    }
    const reader = await server.createManagementToken({ scopes: ["tokens:read"] });
    expect((await server.api("POST", `/api/tokens/${id}/renew`, reader, body)).status).toBe(403);
    const wrong = await server.api("POST", `/api/tokens/${id}/renew`, shop, { by: "1 year", renewal_id: "r" });
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: "/by" }] });
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({ expires_at: NOW + DAY });
  });
});
