import { describe, expect, test } from "vitest";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import type { SoldToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const P2 = "/p2/acme/core.json";

async function open(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const shop = await server.createManagementToken();
  return { server, shop, sold: await sellToken(server, shop) };
}

type Rotated = SoldToken & { previous_secret: unknown; last_four: string };

async function rotate(server: TestServer, shop: string, id: string, body: unknown = {}, headers = {}) {
  const answer = await server.api("POST", `/api/tokens/${id}/rotate`, shop, body, headers);
  expect(answer.status, answer.text).toBe(200);
  return { answer, ...(answer.json() as Rotated) };
}

const statusesOf = (server: TestServer, ...secrets: string[]) =>
  Promise.all(secrets.map(async (secret) => (await server.composer(P2, secret)).status));

describe.each(testEngines)("POST /api/tokens/{id}/rotate on %s", (engine) => {
  test("gives the same token another secret; the one before ends at once, and is told why inside composer", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    expect(await statusesOf(server, sold.token)).toEqual([200]);
    const rotated = await rotate(server, shop, sold.id);
    expect(rotated.id).toBe(sold.id);
    expect(rotated.token).toMatch(/^pbt_/);
    expect(rotated.token).not.toBe(sold.token);
    expect(rotated.last_four).toBe(rotated.token.slice(-4));
    expect(rotated.previous_secret).toEqual({
      ...{ last_four: sold.token.slice(-4), expires_at: NOW, last_used_at: null },
    });
    expect(await statusesOf(server, sold.token, rotated.token)).toEqual([401, 200]);
    const host = new URL(server.url).host;
    expect((await server.composer(P2, sold.token)).json()).toEqual({
      warning: `Your token (…${sold.token.slice(-4)}) was replaced by a new one on 2027-01-15: run "composer config http-basic.${host} token YOUR_TOKEN" with the new token from the vendor.`,
    });
    const listed = (await server.api("GET", "/api/tokens", shop)).json() as unknown[];
    expect(listed).toMatchObject([{ id: sold.id, status: "active", last_four: rotated.last_four }]);
  });

  test("with an overlap lets both secrets work until its end, to the second, with everything in memory", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    const rotated = await rotate(server, shop, sold.id, { overlap_seconds: 3600 });
    expect(await statusesOf(server, sold.token, rotated.token)).toEqual([200, 200]);
    server.clock.advanceSeconds(3599);
    expect(await statusesOf(server, sold.token, rotated.token)).toEqual([200, 200]);
    server.clock.advanceSeconds(1);
    expect(await statusesOf(server, sold.token, rotated.token)).toEqual([401, 200]);
    const read = (await server.api("GET", `/api/tokens/${sold.id}`, shop)).json();
    expect(read).toMatchObject({
      previous_secret: { last_four: sold.token.slice(-4), expires_at: NOW + 3600, last_used_at: NOW + 3599 },
      last_used_at: NOW + 3600,
      usage: { requests_total: 5 },
    });
  });

  test("shows the use of each secret apart: nothing of the new one counts for the one before", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    expect((await server.api("GET", `/api/tokens/${sold.id}`, shop)).json()).toMatchObject({ previous_secret: null });
    const rotated = await rotate(server, shop, sold.id, { overlap_seconds: 60 });
    await statusesOf(server, rotated.token, rotated.token);
    expect((await server.api("GET", `/api/tokens/${sold.id}`, shop)).json()).toMatchObject({
      ...{ last_used_at: NOW, previous_secret: { last_used_at: null } },
    });
  });

  test("again during an overlap ends the older secret, also within one second", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    const second = await rotate(server, shop, sold.id, { overlap_seconds: 3600 });
    expect(await statusesOf(server, sold.token, second.token)).toEqual([200, 200]);
    const third = await rotate(server, shop, sold.id, { overlap_seconds: 60 });
    expect(third.previous_secret).toMatchObject({ last_four: second.token.slice(-4), expires_at: NOW + 60 });
    expect(await statusesOf(server, sold.token, second.token, third.token)).toEqual([401, 200, 200]);
  });

  test("revoking ends both secrets, and a revoked token cannot be rotated", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    const rotated = await rotate(server, shop, sold.id, { overlap_seconds: 3600 });
    await statusesOf(server, sold.token, rotated.token);
    await server.api("DELETE", `/api/tokens/${sold.id}`, shop);
    for (const secret of [sold.token, rotated.token]) {
      const refused = await server.composer(P2, secret);
      expect(refused.status).toBe(401);
      expect(refused.text).toContain(`(…${secret.slice(-4)}) was revoked`);
    }
    const answer = await server.api("POST", `/api/tokens/${sold.id}/rotate`, shop, {});
    expect(answer.json()).toMatchObject({ status: 409, code: "resource.conflict" });
    expect((await server.api("GET", `/api/tokens/${sold.id}`, shop)).json()).toMatchObject({
      previous_secret: { expires_at: NOW },
    });
  });

  test("replays its answer, secret included, and rotates once", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    const other = await sellToken(server, shop);
    const key = { "idempotency-key": "rotation-1" };
    const first = await rotate(server, shop, sold.id, { overlap_seconds: 60 }, key);
    const again = await rotate(server, shop, sold.id, { overlap_seconds: 60 }, key);
    expect(again.answer.text).toBe(first.answer.text);
    expect([first, again].map(({ answer }) => answer.headers.get("idempotency-replayed"))).toEqual([null, "true"]);
    expect(await statusesOf(server, sold.token, first.token)).toEqual([200, 200]);
    const changed = await server.api("POST", `/api/tokens/${sold.id}/rotate`, shop, {}, key);
    expect(changed.json()).toMatchObject({ status: 422, code: "idempotency.key_reused" });
    // The same key names another request on another token.
    expect((await rotate(server, shop, other.id, { overlap_seconds: 60 }, key)).id).toBe(other.id);
  });

  test("is audited without a secret, and nothing of it is logged or stored", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    const { token } = await rotate(server, shop, sold.id, { overlap_seconds: 60 });
    const { db } = server.core.database;
    const events = await db.selectFrom("audit_events").selectAll().where("action", "=", "token.rotated").execute();
    expect(events.map((event) => JSON.parse(event.details) as unknown)).toEqual([
      {
        before: { last_four: sold.token.slice(-4) },
        after: { last_four: token.slice(-4), previous_secret_expires_at: NOW + 60 },
      },
    ]);
    const stored = JSON.stringify([
      await db.selectFrom("tokens").selectAll().execute(),
      await db.selectFrom("rotated_secrets").selectAll().execute(),
      await db.selectFrom("audit_events").selectAll().execute(),
      server.logLines,
    ]);
    for (const secret of [token, sold.token]) expect(stored).not.toContain(secret);
  });

  test("takes whole seconds up to 30 days, nothing at all as no overlap, and not null for a body", async () => {
    const { server: opened, shop, sold } = await open(engine);
    await using server = opened;
    for (const overlap of [-1, 1.5, "60", 2_592_001]) {
      const answer = await server.api("POST", `/api/tokens/${sold.id}/rotate`, shop, { overlap_seconds: overlap });
      expect(answer.json(), String(overlap)).toMatchObject({ status: 400, errors: [{ pointer: "/overlap_seconds" }] });
    }
    expect((await server.api("POST", `/api/tokens/${sold.id}/rotate`, shop, "null")).status).toBe(400);
    expect(await statusesOf(server, sold.token)).toEqual([200]);
    const longest = await rotate(server, shop, sold.id, { overlap_seconds: 2_592_000 });
    expect(longest.previous_secret).toMatchObject({ expires_at: NOW + 2_592_000 });
    const none = await rotate(server, shop, sold.id, { overlap_seconds: null });
    expect(none.previous_secret).toMatchObject({ expires_at: NOW });
    const empty = await server.api("POST", `/api/tokens/${sold.id}/rotate`, shop);
    expect(empty.json()).toMatchObject({ previous_secret: { expires_at: NOW, last_four: none.token.slice(-4) } });
  });
});
