import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine, SCOPES } from "../callers/index.ts";
import { findCustomer } from "../customers/index.ts";
import { createLineRenewals } from "./renew-line.ts";
import { resumeLinesOfOrder, suspendLinesOfOrder } from "./suspend-lines.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };
const at = (text: string) => Date.parse(text) / 1000;

interface RenewAnswer {
  status: string;
  expires_at: number | null;
  updates_until: number | null;
  occurred_at: number;
  applied: boolean;
  reason: string | null;
}

async function open(engine: TestEngine) {
  const server = await startTestServer(engine);
  const by = await server.createManagementToken(ALL);
  const shop = grantShop(server, by);
  const ask = async (line: string, body: unknown, who = by) =>
    await server.api("POST", `/api/customers/42/grants/default/order/${line}/renew`, who, body);
  const renew = async (line: string, body: unknown, who = by) => {
    const answer = await ask(line, body, who);
    expect(answer.status, answer.text).toBe(200);
    return answer.json() as RenewAnswer;
  };
  return { server, by, shop, ask, renew };
}

describe.each(testEngines)("renewing a line of an order on %s", (engine) => {
  test("keeps what was said of it, as selling and cancelling do, beside the records of the customer", async () => {
    const { server: opened, by, shop, renew } = await open(engine);
    await using server = opened;
    await shop.put("1", { package: "acme/core", expires_at: NOW + 100, reason: "Goodwill" });
    await renew("1", { until: NOW + 200, reason: " By phone " });
    await shop.cancel("1", "?reason=Refunded");
    const history = (await server.api("GET", "/api/customers/42/history", by)).json() as { personal: unknown }[];
    expect(history.map(({ personal }) => personal)).toEqual([
      { reason: "Refunded" },
      { reason: "By phone" },
      { reason: "Goodwill" },
    ]);
    const records = await server.core.database.db.selectFrom("audit_events").select("details").execute();
    expect(JSON.stringify(records)).not.toMatch(/phone|Goodwill|Refunded/);
  });

  test("never shortens it, and adds a term once for each renewal, by the calendar", async () => {
    const { server: opened, shop, renew, ask } = await open(engine);
    await using server = opened;
    await shop.put("1", { package: "acme/core", expires_at: at("2028-02-29T12:00:00Z"), occurred_at: NOW - 5 });
    const later = { until: at("2029-01-31T00:00:00Z") };
    expect(await renew("1", later)).toMatchObject({ applied: true, reason: null, expires_at: later.until });
    expect(await renew("1", later)).toMatchObject({ applied: false, expires_at: later.until });
    const earlier = await renew("1", { until: NOW });
    expect(earlier).toMatchObject({ applied: false, expires_at: later.until });
    expect(earlier.reason).toContain("2029-01-31T00:00:00Z");
    const month = { by: "P1M", renewal_id: "r1" };
    const end = at("2029-02-28T00:00:00Z");
    expect(await renew("1", month)).toMatchObject({ applied: true, expires_at: end });
    expect(await renew("1", month)).toMatchObject({ applied: false, expires_at: end });
    expect(await renew("1", { by: "P2W", renewal_id: "r2" })).toMatchObject({ expires_at: end + 14 * 86_400 });
    expect((await ask("1", { by: "P2M", renewal_id: "r1" })).json()).toMatchObject({ code: "renewal.id_reused" });
    // One that is over goes on from now.
    await shop.put("2", { package: "acme/core", expires_at: NOW - 100, occurred_at: NOW - 200 });
    expect(await renew("2", { by: "P1D", renewal_id: "r1" })).toMatchObject({ expires_at: NOW + 86_400 });
    // A late delivery of the purchase does not bring the old end back.
    await shop.put("2", { package: "acme/core", expires_at: NOW - 100, occurred_at: NOW - 200 });
    expect(await shop.get("2")).toMatchObject({ status: "active", expires_at: NOW + 86_400 });
    const history = (
      await server.api("GET", "/api/customers/42/history", await server.createManagementToken(ALL))
    ).json();
    expect(history).toContainEqual(
      expect.objectContaining({
        action: "grant.set",
        details: expect.objectContaining({ renewal: { by: "P2W", renewal_id: "r2" } }) as unknown,
      }),
    );
  });

  test("moves what its updates go by where it has that, and gives no end to what has none", async () => {
    const { server: opened, shop, renew } = await open(engine);
    await using _server = opened;
    await shop.put("1", { package: "acme/core", updates_until: NOW + 5, expires_at: NOW + 9 });
    const until = NOW + 1_000;
    expect(await renew("1", { until })).toMatchObject({ updates_until: until, expires_at: NOW + 9 });
    await shop.put("2", { package: "acme/core" });
    expect(await renew("2", { by: "P1Y", renewal_id: "a" })).toMatchObject({ applied: false, expires_at: null });
    // It counted: a late repetition does not move an end that came to be since.
    await shop.put("2", { package: "acme/core", expires_at: NOW + 50 });
    expect(await renew("2", { by: "P1Y", renewal_id: "a" })).toMatchObject({ applied: false, expires_at: NOW + 50 });
  });

  test("keeps what was granted along, its versions and its grace", async () => {
    const { server: opened, shop, renew } = await open(engine);
    await using _server = opened;
    const terms = { constraint: "^2", stability: "beta", starts_at: NOW - 50, grace_days: 7 };
    const sold = await shop.put("1", { packages: ["acme/a", "acme/b"], ...terms, expires_at: NOW + 10 });
    const renewed = await renew("1", { until: NOW + 500 });
    expect(renewed).toMatchObject({ ...terms, packages: ["acme/a", "acme/b"], dependencies: sold.dependencies });
    expect(renewed).toMatchObject({ grace_until: NOW + 500 + 7 * 86_400, in_grace: false });
  });

  test("is refused for a line that was cancelled, but for a renewal that counted before", async () => {
    const { server: opened, shop, renew, ask } = await open(engine);
    await using _server = opened;
    await shop.put("1", { package: "acme/core", expires_at: NOW + 10 });
    const counted = { by: "P1Y", renewal_id: "a" };
    await renew("1", counted);
    await shop.cancel("1");
    for (const body of [{ by: "P1Y", renewal_id: "b" }, { until: NOW + 99 }]) {
      expect((await ask("1", body)).json()).toMatchObject({ status: 409, code: "resource.conflict" });
    }
    expect(await renew("1", counted)).toMatchObject({ applied: false, status: "revoked" });
    expect((await ask("9", counted)).status).toBe(404);
  });

  test("adds as many terms as there are renewals when all arrive at once, each twice", async () => {
    const { server: opened, shop, renew } = await open(engine);
    await using _server = opened;
    await shop.put("1", { package: "acme/core", expires_at: at("2028-01-01T00:00:00Z") });
    const ids = ["a", "b", "c", "d", "e"];
    const answers = await Promise.all(
      [...ids, ...ids].map(async (renewal_id) => await renew("1", { by: "P1Y", renewal_id })),
    );
    expect(answers.filter(({ applied }) => applied)).toHaveLength(5);
    expect(await shop.get("1")).toMatchObject({ expires_at: at("2033-01-01T00:00:00Z") });
  });

  test("by somebody with a bound renews what lies within it, and learns of nothing else", async () => {
    const { server: opened, by, shop, renew, ask } = await open(engine);
    await using server = opened;
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    await shop.put("1", { packages: ["acme/core", "globex/x"], expires_at: NOW + 10 });
    const hidden = await ask("1", { until: NOW + 99 }, bounded);
    expect([hidden.status, hidden.text.includes("globex")]).toEqual([404, false]);
    await shop.put("2", { package: "acme/core", expires_at: NOW + 10 });
    expect(await renew("2", { until: NOW + 99 }, bounded)).toMatchObject({ applied: true, expires_at: NOW + 99 });
    expect(await renew("2", { until: NOW + 200 }, by)).toMatchObject({ applied: true, expires_at: NOW + 200 });
    expect(await shop.get("1")).toMatchObject({ expires_at: NOW + 10 });
  });

  test("of a suspended one moves its end, and it stays suspended until it is resumed", async () => {
    const { server: opened, shop, renew } = await open(engine);
    await using server = opened;
    const { database } = server.core;
    await shop.put("1", { package: "acme/core", expires_at: NOW + 10 });
    const { id } = (await findCustomer(database.db, "default", "42")) ?? { id: "" };
    const place = { customer: id, orderId: "order" };
    await database.transaction((trx, changed) => suspendLinesOfOrder(trx, changed, commandLine, place, NOW));
    expect(await renew("1", { until: NOW + 99 })).toMatchObject({ status: "suspended", expires_at: NOW + 99 });
    // The same for who renews within a transaction of their own.
    const lines = createLineRenewals(server.core);
    const renewed = await database.transaction((trx, changed) =>
      lines.renewLine(
        trx,
        changed,
        commandLine,
        { ...place, line: "1" },
        { kind: "until", until: NOW + 200, reason: null },
      ),
    );
    expect(renewed).toMatchObject({ applied: true, end: NOW + 200, expiresAt: NOW + 200 });
    expect(await shop.get("1")).toMatchObject({ status: "suspended", suspended_at: NOW });
    await database.transaction((trx, changed) => resumeLinesOfOrder(trx, changed, commandLine, place, NOW));
    expect(await shop.get("1")).toMatchObject({ status: "active", suspended_at: null, expires_at: NOW + 200 });
  });
});
