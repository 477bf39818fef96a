import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const HERE = "/api/customers/42";
const ALL = { scopes: [...SCOPES] };
const metadata = { customer_id: 42, customer_email: "Old@Example.com", note: "kept" };
const sale = { description: "Customer: old@example.com (Order: 7)", metadata };

interface Transferred {
  customer_id: string;
  email: string;
  tokens: { id: string; token: string; last_four: string; previous_secret: unknown; description: string }[];
}

async function open(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const shop = await server.createManagementToken(ALL);
  const transfer = async (body: unknown, headers = {}) => {
    const answer = await server.api("POST", `${HERE}/transfer`, shop, body, headers);
    expect(answer.status, answer.text).toBe(200);
    return answer.json() as Transferred;
  };
  const list = async (path: string) => (await server.api("GET", path, shop)).json() as { id: string }[];
  return { server, shop, transfer, list };
}

const statuses = (server: TestServer, ...secrets: string[]) =>
  Promise.all(secrets.map(async (secret) => (await server.composer("/p2/acme/core.json", secret)).status));

describe.each(testEngines)("POST /api/customers/{customer_id}/transfer on %s", (engine) => {
  test("gives every token that is not revoked a new secret, and the old ones lapse after the overlap", async () => {
    const { server: opened, shop, transfer } = await open(engine);
    await using server = opened;
    const live = await sellToken(server, shop, sale);
    const lapsed = await sellToken(server, shop, { ...sale, expires_at: NOW });
    const gone = await sellToken(server, shop, sale);
    await server.api("DELETE", `/api/tokens/${gone.id}`, shop);
    const other = await sellToken(server, shop, { metadata: { customer_id: 7 } });
    expect(await statuses(server, live.token, other.token)).toEqual([200, 200]);
    const answer = await transfer({ email: "new@example.com", overlap_seconds: 3600 });
    expect(answer).toMatchObject({ message: "Customer transferred", customer_id: "42", email: "new@example.com" });
    expect(answer.tokens.map(({ id }) => id).sort()).toEqual([live.id, lapsed.id].sort());
    const [mine, renewed] = [live.id, lapsed.id].map((id) => answer.tokens.find((token) => token.id === id)!);
    expect(mine).toEqual({
      ...{ id: live.id, description: "Customer: new@example.com (Order: 7)", last_four: mine!.token.slice(-4) },
      token: expect.stringMatching(/^pbt_/) as unknown,
      previous_secret: { last_four: live.token.slice(-4), expires_at: NOW + 3600, last_used_at: null },
    });
    expect(await statuses(server, live.token, mine!.token, gone.token, other.token)).toEqual([200, 200, 401, 200]);
    server.clock.advanceSeconds(3600);
    expect(await statuses(server, live.token, mine!.token)).toEqual([401, 200]);
    expect((await server.composer("/p2/acme/core.json", live.token)).text).toContain("was replaced by a new one");
    // A renewal of what had expired lets the new owner in, and not the old one.
    await server.api("PATCH", `/api/tokens/${lapsed.id}`, shop, { expires_at: NOW + 9999 });
    expect(await statuses(server, lapsed.token, renewed!.token)).toEqual([401, 200]);
  });

  test("without an overlap ends the old secrets at once", async () => {
    const { server: opened, shop, transfer } = await open(engine);
    await using server = opened;
    const { token } = await sellToken(server, shop, sale);
    const { tokens } = await transfer({ email: "new@example.com" });
    expect(await statuses(server, token, tokens[0]!.token)).toEqual([401, 200]);
    for (const overlap of [-1, 0.5, 2_592_001, "1"]) {
      const body = { email: "new@example.com", overlap_seconds: overlap };
      const refused = await server.api("POST", `${HERE}/transfer`, shop, body);
      expect(refused.json()).toMatchObject({ status: 400, errors: [{ pointer: "/overlap_seconds" }] });
    }
    for (const body of [
      {},
      { email: null },
      { email: "nobody" },
      { email: "a@b", customer_id: "" },
      { email: "a@b", customer_id: "0" },
    ]) {
      expect((await server.api("POST", `${HERE}/transfer`, shop, body)).status).toBe(400);
    }
  });

  // Support searches by the address of whoever writes; the old owner must lead nowhere.
  test("is found by the new address and id everywhere, and by the old ones nowhere", async () => {
    const { server: opened, shop, transfer, list } = await open(engine);
    await using server = opened;
    const { id } = await sellToken(server, shop, sale);
    const gone = await sellToken(server, shop, sale);
    await server.api("DELETE", `/api/tokens/${gone.id}`, shop);
    await transfer({ email: "New@Example.com", customer_id: "43/a" });
    for (const q of ["old@example.com", "42"]) {
      expect(await list(`/api/customers?q=${encodeURIComponent(q)}`), q).toEqual([]);
      expect(await list(`/api/tokens?status=all&q=${encodeURIComponent(q)}`), q).toEqual([]);
    }
    expect(await list("/api/tokens?status=all&customer_email=old@example.com")).toEqual([]);
    expect((await server.api("GET", HERE, shop)).status).toBe(404);
    expect(await list("/api/customers?q=new@")).toMatchObject([{ customer_id: "43/a", email: "New@Example.com" }]);
    expect(await list("/api/tokens?customer_email=NEW@example.com")).toMatchObject([
      {
        ...{ id, description: "Customer: New@Example.com (Order: 7)" },
        metadata: { customer_id: "43/a", customer_email: "New@Example.com", note: "kept" },
      },
    ]);
    expect(await list("/api/tokens?customer_id=43%2Fa&status=all")).toHaveLength(2);
  });

  test("keeps grants, and what was revoked before stays with nobody: its secret is the old owner's", async () => {
    const { server: opened, shop, transfer } = await open(engine);
    await using server = opened;
    const before = await sellToken(server, shop, sale);
    await server.api("POST", `${HERE}/revoke`, shop);
    server.clock.advanceSeconds(5);
    const reader = await sellToken(server, shop, { ...sale, access: "customer" });
    const grant = { package: "acme/core", occurred_at: NOW + 5 };
    await server.api("PUT", `${HERE}/grants/default/o1/1`, shop, grant);
    const { tokens } = await transfer({ email: "new@example.com" });
    expect(tokens.map(({ id }) => id)).toEqual([reader.id]);
    expect(await statuses(server, tokens[0]!.token)).toEqual([200]);
    const restored = await server.api("POST", `${HERE}/restore`, shop);
    expect(restored.json()).toMatchObject({ tokens_restored: 0 });
    expect(await statuses(server, before.token)).toEqual([401]);
  });

  test("refuses an id that another customer of the shop has, and a new id without customers:write; nothing changes", async () => {
    const { server: opened, shop, list } = await open(engine);
    await using server = opened;
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const { token } = await sellToken(server, shop, sale);
    await sellToken(server, shop, { metadata: { customer_id: "taken" } });
    await sellToken(server, foreign, { metadata: { customer_id: "free" } });
    const body = { email: "new@example.com", customer_id: "taken" };
    const refused = await server.api("POST", `${HERE}/transfer`, shop, body);
    expect(refused.json()).toMatchObject({ status: 409, errors: [{ pointer: "/customer_id" }] });
    const narrow = await server.createManagementToken({ scopes: ["tokens:write"] });
    const renamed = await server.api("POST", `${HERE}/transfer`, narrow, { ...body, customer_id: "free" });
    expect(renamed.json()).toMatchObject({ status: 403, code: "auth.missing_scope" });
    expect(await statuses(server, token)).toEqual([200]);
    expect(await list("/api/customers?q=new@")).toEqual([]);
    expect((await server.api("POST", `${HERE}/transfer`, shop, { ...body, customer_id: "free" })).status).toBe(200);
  });

  test("replays its answer, secrets included, and hands over once; nothing of a secret is stored or logged", async () => {
    const { server: opened, shop, transfer } = await open(engine);
    await using server = opened;
    await sellToken(server, shop, sale);
    const key = { "idempotency-key": "transfer-1" };
    const first = await transfer({ email: "new@example.com", customer_id: "43" }, key);
    const again = await transfer({ email: "new@example.com", customer_id: "43" }, key);
    expect(again).toEqual(first);
    const secret = first.tokens[0]!.token;
    expect(await statuses(server, secret)).toEqual([200]);
    const { db } = server.core.database;
    const events = await db.selectFrom("audit_events").selectAll().execute();
    const changes = events.map(({ action }) => action).filter((action) => /transferred|rotated/.test(action));
    expect(changes.sort()).toEqual(["customer.transferred", "token.rotated"]);
    // What identifies somebody stands beside the chain, where it can be erased.
    expect(JSON.stringify(events)).not.toMatch(/example\.com|"43"/i);
    const stored = [events, await db.selectFrom("tokens").selectAll().execute(), server.logLines];
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
});
