import { describe, expect, test } from "vitest";
import { composeServer } from "../../compose-server.ts";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

const PATH = "/api/sharing-signals";
const DAY = 86_400;

/** A server that believes who says where a request came from, so that it can come from anywhere. */
async function startBehindProxy(engine: (typeof testEngines)[number], settings: object) {
  const server = await startTestServer(engine, { TRUSTED_PROXIES: "127.0.0.1" });
  const owner = await server.createManagementToken({ scopes: [...SCOPES] });
  expect((await server.api("PATCH", "/api/settings", owner, settings)).status).toBe(200);
  return { server, owner };
}

async function useFrom(server: TestServer, token: string, networks: readonly number[], headers = {}): Promise<void> {
  for (const network of networks) {
    const from = { "x-forwarded-for": `10.${network >> 8}.${network & 255}.9`, ...headers };
    expect((await server.composer("/packages.json", token, from)).status).toBe(200);
  }
}

function upTo(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

async function signals(server: TestServer, secret: string, query = "") {
  const answer = await server.api("GET", `${PATH}${query}`, secret);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Record<string, unknown>[];
}

async function told(server: TestServer): Promise<string[]> {
  const rows = await server.core.database.db
    .selectFrom("audit_events")
    .select("details")
    .where("action", "=", "token.sharing_suspected")
    .orderBy("id")
    .execute();
  return rows.map(({ details }) => details);
}

describe.each(testEngines)("the sharing signal on %s", (engine) => {
  test("tells once per token and period when there are too many networks, shows how many, and blocks nothing", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 5, sharing_days: 3 });
    await using _stopping = server;
    const sold = await sellToken(server, owner, { description: "Sold", metadata: { customer_id: "42" } });
    const quiet = await sellToken(server, owner, { metadata: { customer_id: "43" } });
    await useFrom(server, quiet.token, upTo(5));
    await useFrom(server, sold.token, upTo(5));
    expect(await signals(server, owner)).toEqual([]);
    await useFrom(server, sold.token, [5]);
    const now = Math.floor(server.clock.nowMs() / 1000);
    const signal = {
      ...{ token_id: sold.id, last_four: sold.token.slice(-4), description: "Sold", shop: "default" },
      ...{ customer_id: "42", networks: 6, days: 3, suspected_at: now, dismissed_at: null },
    };
    expect(await signals(server, owner)).toEqual([signal]);
    // More of them within the period is a larger number, not another alarm.
    await useFrom(server, sold.token, upTo(4, 6));
    expect(await signals(server, owner)).toEqual([{ ...signal, networks: 10 }]);
    expect(await told(server)).toEqual(['{"after":{"networks":6,"days":3}}']);
    server.clock.advanceSeconds(3 * DAY);
    await useFrom(server, sold.token, upTo(7, 100));
    expect(await signals(server, owner)).toMatchObject([{ networks: 7, suspected_at: now + 3 * DAY }]);
    expect(await told(server)).toHaveLength(2);
    for (const query of ["?customer_id=42", `?token_id=${sold.id}`, "?status=all"]) {
      expect(await signals(server, owner, query)).toHaveLength(1);
    }
    expect(await signals(server, owner, "?customer_id=43")).toEqual([]);
    expect(await signals(server, owner, "?status=dismissed")).toEqual([]);
    await server.api("DELETE", `/api/tokens/${sold.id}`, owner);
    expect(await signals(server, owner)).toEqual([]);
  });

  test("does not count networks that only continuous integration came from", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 5 });
    await using _stopping = server;
    const sold = await sellToken(server, owner);
    await useFrom(server, sold.token, upTo(50), { "user-agent": "Composer/2.8.1 (Linux; 6.1; PHP 8.3; cURL 8; CI)" });
    expect(await signals(server, owner)).toEqual([]);
    await useFrom(server, sold.token, upTo(6), { "user-agent": "Composer/2.8.1 (Linux; 6.1; PHP 8.3; cURL 8)" });
    expect(await signals(server, owner)).toMatchObject([{ networks: 6, days: 7 }]);
  });

  test("is off at 0, and by default comes past 40 networks in 7 days", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 0 });
    await using _stopping = server;
    const sold = await sellToken(server, owner);
    await useFrom(server, sold.token, upTo(60));
    expect(await signals(server, owner)).toEqual([]);
    await server.api("PATCH", "/api/settings", owner, { sharing_networks_max: null });
    const other = await sellToken(server, owner);
    await useFrom(server, other.token, upTo(40));
    expect(await signals(server, owner)).toEqual([]);
    await useFrom(server, other.token, [40]);
    expect(await signals(server, owner)).toMatchObject([{ token_id: other.id, networks: 41, days: 7 }]);
  });

  test("is told once although several instances see it at the same moment", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 3 });
    await using _stopping = server;
    const sold = await sellToken(server, owner);
    const { database } = server.core;
    const { createUsage } = await import("../usage/index.ts");
    const instances = upTo(4).map(() => createUsage(server.core));
    for (const [index, instance] of instances.entries()) {
      for (const network of upTo(4)) {
        instance.countRequest(sold.id, { address: `10.${index}.${network}.1`, userAgent: undefined });
      }
    }
    await Promise.all(instances.map((instance) => instance.flush()));
    expect(await told(server)).toHaveLength(1);
    expect(await signals(server, owner)).toMatchObject([{ networks: 16 }]);
    const sums = await database.db.selectFrom("usage_days").select("requests").execute();
    expect(sums).toEqual([{ requests: 16 }]);
  });

  test("is dismissed with a record, comes back only past twice as many, and is nobody else's to see or dismiss", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 3, sharing_days: 1 });
    await using _stopping = server;
    const sold = await sellToken(server, owner, { allowed_package_prefixes: ["other/"], metadata: { customer_id: 1 } });
    await useFrom(server, sold.token, upTo(5));
    await signals(server, owner);
    const at = `${PATH}/${sold.id}`;
    const foreign = await server.createManagementToken({ scopes: [...SCOPES], shop: "elsewhere" });
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    for (const secret of [foreign, bounded]) {
      expect(await signals(server, secret)).toEqual([]);
      expect((await server.api("DELETE", at, secret)).status).toBe(404);
    }
    const viewer = await logIn(server, await createTestUser(server, { role: "viewer" }));
    expect((await viewer.api("DELETE", at)).status).toBe(403);
    const admin = await logIn(server, await createTestUser(server, { role: "admin" }));
    const dismissed = await admin.api("DELETE", at);
    const now = Math.floor(server.clock.nowMs() / 1000);
    expect(dismissed.json()).toMatchObject({ token_id: sold.id, networks: 5, dismissed_at: now });
    expect((await admin.api("DELETE", at)).json()).toEqual(dismissed.json());
    expect(await signals(server, owner)).toEqual([]);
    expect(await signals(server, owner, "?status=dismissed")).toHaveLength(1);
    const records = await server.core.database.db
      .selectFrom("audit_events")
      .select(["actor_kind", "target_id", "details"])
      .where("action", "=", "token.sharing_dismissed")
      .execute();
    expect(records).toEqual([{ actor_kind: "user", target_id: sold.id, details: '{"after":{"networks":5,"days":1}}' }]);
    server.clock.advanceSeconds(DAY);
    await useFrom(server, sold.token, upTo(10, 100));
    expect(await signals(server, owner)).toEqual([]);
    await useFrom(server, sold.token, [110]);
    expect(await signals(server, owner)).toMatchObject([{ networks: 11, dismissed_at: null }]);
    expect((await server.api("DELETE", `${PATH}/${(await sellToken(server, owner)).id}`, owner)).status).toBe(404);
  });

  test("is listed in pages, the newest first", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 1 });
    await using _stopping = server;
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      const sold = await sellToken(server, owner);
      ids.unshift(sold.id);
      await useFrom(server, sold.token, upTo(2));
      await signals(server, owner);
      if (count % 2 === 1) server.clock.advanceSeconds(10);
    }
    const seen: unknown[] = [];
    for (let query = "?limit=2"; query !== "";) {
      const answer = await server.api("GET", `${PATH}${query}`, owner);
      seen.push(...(answer.json() as { token_id: string }[]).map(({ token_id }) => token_id));
      query = /\?[^>]*/.exec(answer.headers.get("link") ?? "")?.[0] ?? "";
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(seen).toHaveLength(5);
    expect((await server.api("GET", `${PATH}?cursor=abc`, owner)).status).toBe(400);
  });

  test("is an event for webhooks, with its token, its customer and the numbers", async () => {
    const { server, owner } = await startBehindProxy(engine, { sharing_networks_max: 1 });
    await using _stopping = server;
    const made = { url: "https://hooks.invalid/", events: ["token.sharing_suspected", "token.sharing_dismissed"] };
    expect((await server.api("POST", "/api/webhooks", owner, made)).status).toBe(201);
    const metadata = { customer_id: "42", order_id: "7", customer_email: "ada@example.com" };
    const sold = await sellToken(server, owner, { metadata });
    await useFrom(server, sold.token, upTo(2));
    await signals(server, owner);
    await server.api("DELETE", `${PATH}/${sold.id}`, owner);
    const application = await composeServer(server.core);
    const { sealAuditEvents } = await import("../audit/index.ts");
    await sealAuditEvents(server.core);
    await application.webhooks.runDue();
    await application.http.close();
    const messages = await server.core.database.db
      .selectFrom("webhook_messages")
      .select(["type", "data"])
      .orderBy("id")
      .execute();
    expect(messages.map(({ type, data }) => [type, JSON.parse(data) as unknown])).toMatchObject([
      ["token.sharing_suspected", { id: sold.id, customer_id: "42", order_id: "7", after: { networks: 2, days: 7 } }],
      ["token.sharing_dismissed", { id: sold.id, after: { networks: 2 } }],
    ]);
  });
});
