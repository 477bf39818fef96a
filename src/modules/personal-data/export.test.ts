import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { recordAuditEvent, sealAuditEvents } from "../audit/index.ts";
import { SCOPES, commandLine } from "../callers/index.ts";

const NOW = 1_800_000_000;
const DAY = NOW - (NOW % 86_400);
const ALL = { scopes: [...SCOPES] };
const metadata = { customer_id: 42, customer_email: "ann@example.com", order_id: "A-1", note: "calls on Mondays" };

describe.each(testEngines)("an export on %s", (engine) => {
  test("holds everything about a customer, with personal values, as a file; no secret and nothing of others", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const shop = await server.createManagementToken(ALL);
    const hook = { url: "http://127.0.0.1:9/hook", events: ["token.*"] };
    expect((await server.api("POST", "/api/webhooks", shop, hook)).status).toBe(201);
    const sold = await sellToken(server, shop, { description: "Ann's", metadata, access: "customer" });
    const other = await sellToken(server, shop, { description: "Bob's", metadata: { customer_id: 7 } });
    const grant = { package: "acme/core", occurred_at: NOW - 5 };
    expect((await server.api("PUT", "/api/customers/42/grants/default/A-1/1", shop, grant)).status).toBe(201);
    const p2 = await server.composer("/p2/acme/core.json", sold.token);
    const [version] = (p2.json() as { packages: { "acme/core": { dist: { url: string } }[] } }).packages["acme/core"];
    await server.composer(new URL(version!.dist.url).pathname, sold.token);
    await server.composer("/packages.json", other.token);
    await sealAuditEvents(server.core);
    await server.application.webhooks.runDue();

    const answer = await server.api("GET", "/api/customers/42/export", shop);
    const { id } = (await server.api("GET", "/api/customers/42", shop)).json() as { id: string };
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${id}.json"`);
    const data = answer.json() as Record<string, unknown>;
    expect(data).toMatchObject({
      ...{ exported_at: NOW, left_out: [], customer: { id, email: "ann@example.com" } },
      tokens: [{ id: sold.id, description: "Ann's", metadata }],
      grant_lines: [{ order_id: "A-1", line: "1", granted_at: NOW - 5, terms: { packages: ["acme/core"] } }],
      usage_days: [{ token: sold.id, day: DAY, requests: 2 }],
      network_days: [{ token: sold.id, day: DAY, networks: 1 }],
      mails: [],
      webhook_messages: [{ type: "token.created", personal_values: { customer_email: "ann@example.com" } }],
    });
    expect(data["grants"]).toContainEqual(expect.objectContaining({ order_id: "A-1", package_pattern: "acme/core" }));
    expect(data["history"]).toContainEqual(
      expect.objectContaining({ action: "token.created", personal: { description: "Ann's", metadata } }),
    );
    for (const secret of [sold.token, other.id, "secret_hash", "Bob"]) expect(answer.text).not.toContain(secret);

    // What it answers is what the caller might have read piece by piece, and it says what is missing.
    const narrow = await server.createManagementToken({ scopes: ["customers:read"] });
    const some = (await server.api("GET", "/api/customers/42/export", narrow)).json() as Record<string, unknown>;
    expect(some).toMatchObject({
      customer: { id },
      tokens: null,
      grants: null,
      usage_days: null,
      webhook_messages: null,
    });
    expect(some["left_out"]).toEqual(["tokens:read", "grants:read", "usage:read", "webhooks:read"]);
  });

  test("of a guest's token holds what is held of the guest, and is as long as its history however long that is", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const guest = await sellToken(server, shop, { description: "Gil", metadata: { ...metadata, customer_id: 0 } });
    const update = { action: "token.updated", target: { kind: "token" as const, id: guest.id }, shop: "default" };
    await server.core.database.transaction(async (trx) => {
      for (let change = 1; change <= 510; change += 1) {
        await recordAuditEvent(server.core, trx, commandLine.actor, { ...update, personal: { change } });
      }
    });
    const answer = await server.api("GET", `/api/tokens/${guest.id}/export`, shop);
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${guest.id}.json"`);
    const data = answer.json() as { history: { action: string }[] };
    expect(data).toMatchObject({
      ...{ left_out: [], customer: null, grant_lines: null, grants: [{ token: guest.id, status: "active" }] },
      tokens: [{ id: guest.id, metadata: { customer_email: "ann@example.com" } }],
    });
    expect(data.history).toHaveLength(511);
    expect(data.history).toContainEqual(
      expect.objectContaining({
        action: "token.created",
        personal: expect.objectContaining({ description: "Gil" }) as unknown,
      }),
    );
    expect(answer.text).not.toContain(guest.token);
  });
});
