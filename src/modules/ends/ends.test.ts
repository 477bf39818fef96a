import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { SCOPES } from "../callers/index.ts";
import { createEndWatcher } from "./index.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;

interface Place extends AsyncDisposable {
  server: TestServer;
  shop: string;
  call: (method: string, path: string, body?: object) => Promise<unknown>;
  /** What the webhook was told since this was asked last: type, of what, and when it happened. */
  told: () => Promise<string[]>;
  /** The data of the last message. */
  last: () => Record<string, unknown> | undefined;
}

async function open(engine: TestEngine): Promise<Place> {
  const receiver = await startWebhookReceiver();
  const server = await startTestServer(engine);
  const shop = await server.createManagementToken({ scopes: [...SCOPES] });
  const call = async (method: string, path: string, body?: object) => {
    const answer = await server.api(method, path, shop, body);
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.text === "" ? undefined : answer.json();
  };
  await call("POST", "/api/webhooks", {
    url: receiver.url,
    events: ["token.expiring", "token.expired", "grant.expired"],
  });
  let seen = 0;
  return {
    ...{ server, shop, call },
    async told() {
      for (let times = 0; times < 2; times++) {
        await server.application.ends.runDue();
        await server.application.webhooks.runDue();
      }
      const fresh = receiver.received.slice(seen);
      seen = receiver.received.length;
      return fresh
        .map(({ type, data, body }) => {
          const { timestamp } = JSON.parse(body) as { timestamp: string };
          const { order_id, line } = data as { order_id: string; line?: string };
          const of = line === undefined ? order_id : `${order_id}/${line}`;
          return `${type} ${of} ${Date.parse(timestamp) / 1000 - NOW}`;
        })
        .toSorted();
    },
    last: () => receiver.received.at(-1)?.data,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const sale = (order_id: string, days: number | null, more: object = {}) => ({
  ...{ allowed_package_prefixes: ["acme/"], expires_at: days === null ? null : NOW + days * DAY },
  metadata: { customer_id: 42, customer_email: "buyer@example.com", order_id },
  ...more,
});

describe.each(testEngines)("ends on %s", (engine) => {
  test("a token is told once before its end and once at it; a renewal makes a new end", async () => {
    await using place = await open(engine);
    const { call, told, server, shop } = place;
    const { id } = await sellToken(server, shop, sale("A", 30));
    await sellToken(server, shop, sale("lifetime", null));
    expect(await told()).toEqual([]);
    server.clock.setSeconds(NOW + 16 * DAY - 1);
    expect(await told()).toEqual([]);
    server.clock.setSeconds(NOW + 16 * DAY);
    expect(await told()).toEqual([`token.expiring A ${16 * DAY}`]);
    const whose = { id, shop: "default", customer_id: "42", order_id: "A", customer_email: "buyer@example.com" };
    expect(place.last()).toEqual({ ...whose, expires_at: NOW + 30 * DAY, grace_until: null });
    server.clock.setSeconds(NOW + 30 * DAY - 1);
    expect(await told()).toEqual([]);
    server.clock.setSeconds(NOW + 30 * DAY);
    expect(await told()).toEqual([`token.expired A ${30 * DAY}`]);
    expect(place.last()).toEqual({ ...whose, expires_at: NOW + 30 * DAY, grace_until: null });
    await call("PATCH", `/api/tokens/${id}`, { description: "relabelled" });
    server.clock.advanceSeconds(DAY);
    expect(await told()).toEqual([]);
    await call("PATCH", `/api/tokens/${id}`, { expires_at: NOW + 100 * DAY });
    server.clock.setSeconds(NOW + 90 * DAY);
    expect(await told()).toEqual([`token.expiring A ${90 * DAY}`]);
    // Renewed after the warning, and taken back to the end that was told: nothing new.
    await call("PATCH", `/api/tokens/${id}`, { expires_at: NOW + 200 * DAY });
    await call("PATCH", `/api/tokens/${id}`, { expires_at: NOW + 100 * DAY });
    expect(await told()).toEqual([]);
    server.clock.setSeconds(NOW + 100 * DAY);
    expect(await told()).toEqual([`token.expired A ${100 * DAY}`]);
  });

  test("whoever bought less time than the first warning is warned by the next one, and an end set into the past ended then", async () => {
    await using place = await open(engine);
    const { call, told, server, shop } = place;
    await sellToken(server, shop, sale("trial", 10));
    const { id } = await sellToken(server, shop, sale("day", 1));
    expect(await told()).toEqual([]);
    server.clock.setSeconds(NOW + 7 * DAY);
    expect(await told()).toEqual([`token.expired day ${DAY}`, `token.expiring trial ${7 * DAY}`]);
    await call("PATCH", `/api/tokens/${id}`, { expires_at: NOW + 2 * DAY });
    expect(await told()).toEqual([`token.expired day ${7 * DAY}`]);
  });

  test("what ended while the server was off is told late and once, however many look then", async () => {
    await using place = await open(engine);
    const { server, shop } = place;
    const { db } = server.core.database;
    const { id } = await sellToken(server, shop, sale("order", 1));
    const sold = await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    const count = 250;
    const others = Array.from({ length: count - 1 }, (_, at) => ({
      ...sold,
      id: `${id}${at}`,
      secret_hash: String(at),
    }));
    await db.insertInto("tokens").values(others).execute();
    server.clock.setSeconds(NOW + 3 * DAY);
    const watchers = [1, 2].map(() => createEndWatcher({ ...server.core }));
    for (let times = 0; times < 2; times++) {
      await Promise.all([server.application.ends, ...watchers].map((watcher) => watcher.runDue()));
    }
    // The server hands notices to webhooks meanwhile: one that is in both tables has one id.
    const notices = await db.selectFrom("notices").select(["id", "type", "token", "occurred_at"]).execute();
    const messages = await db.selectFrom("webhook_messages").select(["id", "type", "token", "occurred_at"]).execute();
    const told = [...new Map([...notices, ...messages].map((one) => [one.id, one])).values()];
    expect(told).toHaveLength(count);
    expect(new Set(told.map(({ token }) => token))).toHaveProperty("size", count);
    expect(new Set(told.map(({ type, occurred_at }) => `${type} ${occurred_at - NOW}`))).toEqual(
      new Set([`token.expired ${DAY}`]),
    );
  });

  test("nothing is told of what is revoked or suspended; of what is taken up again after its end, that it ended", async () => {
    await using place = await open(engine);
    const { call, told, server, shop } = place;
    const revoked = await sellToken(server, shop, sale("revoked", 30));
    await call("DELETE", `/api/tokens/${revoked.id}`);
    const paused = await sellToken(server, shop, sale("paused", 30));
    const { db } = server.core.database;
    const suspend = (suspended_at: number | null) =>
      db.updateTable("tokens").set({ suspended_at }).where("id", "=", paused.id).execute();
    await suspend(NOW);
    const other = await sellToken(server, shop, {
      ...sale("with-customer", 30),
      metadata: { customer_id: 7, order_id: "with-customer" },
    });
    await call("POST", "/api/customers/7/revoke", {});
    for (const days of [20, 31]) {
      server.clock.setSeconds(NOW + days * DAY);
      expect(await told()).toEqual([]);
    }
    await suspend(null);
    expect(await told()).toEqual([`token.expired paused ${30 * DAY}`]);
    await call("POST", "/api/customers/7/restore", {});
    expect(await told()).toEqual([`token.expired with-customer ${30 * DAY}`]);
    expect(place.last()).toMatchObject({ id: other.id });
  });

  test("with days of grace the end is told when they are over, and both times are named", async () => {
    await using place = await open(engine);
    const { told, server, shop } = place;
    const { id } = await sellToken(server, shop, sale("A", 30));
    await server.core.database.db.updateTable("tokens").set({ grace_days: 7 }).where("id", "=", id).execute();
    server.clock.setSeconds(NOW + 17 * DAY);
    expect(await told()).toEqual([`token.expiring A ${17 * DAY}`]);
    server.clock.setSeconds(NOW + 37 * DAY - 1);
    expect(await told()).toEqual([]);
    server.clock.setSeconds(NOW + 37 * DAY + 5);
    expect(await told()).toEqual([`token.expired A ${37 * DAY}`]);
    expect(place.last()).toMatchObject({ expires_at: NOW + 30 * DAY, grace_until: NOW + 37 * DAY });
  });

  test("a line of an order is told once, with its packages; not when it was cancelled, nor again for the same end", async () => {
    await using place = await open(engine);
    const { call, told, server } = place;
    const line = (order: string, body: object) => call("PUT", `/api/customers/42/grants/default/${order}`, body);
    const expires_at = NOW + 30 * DAY;
    await line("A/1", { packages: ["acme/core", "acme/checkout"], expires_at, email: "buyer@example.com" });
    await line("A/2", { package: "acme/theme", expires_at });
    await line("B/1", { package: "acme/pro", expires_at: NOW + 40 * DAY });
    await line("C/1", { package: "acme/other" });
    await call("DELETE", "/api/customers/42/grants/default/A/2");
    server.clock.setSeconds(NOW + 30 * DAY);
    expect(await told()).toEqual([`grant.expired A/1 ${30 * DAY}`]);
    expect(place.last()).toEqual({
      ...{ shop: "default", customer_id: "42", order_id: "A", line: "1", customer_email: "buyer@example.com" },
      ...{ packages: ["acme/checkout", "acme/core"], expires_at, grace_until: null },
    });
    // Another package of the same line and end is no other end; a renewal is.
    await line("A/1", { packages: ["acme/core", "acme/checkout", "acme/more"], expires_at });
    expect(await told()).toEqual([]);
    await line("A/1", { packages: ["acme/core"], expires_at: NOW + 35 * DAY });
    server.clock.setSeconds(NOW + 41 * DAY);
    expect(await told()).toEqual([`grant.expired A/1 ${35 * DAY}`, `grant.expired B/1 ${40 * DAY}`]);
  });

  test("a customer who is erased is named in no message of an end, and one of no other shop is told", async () => {
    await using place = await open(engine);
    const { call, told, server, shop } = place;
    const elsewhere = await server.createManagementToken({ scopes: [...SCOPES], shop: "second" });
    await sellToken(server, elsewhere, sale("theirs", 1));
    const { id } = await sellToken(
      server,
      shop,
      sale("guest", 1, { metadata: { customer_email: "guest@example.com" } }),
    );
    await sellToken(server, shop, sale("A", 1));
    server.clock.setSeconds(NOW + 2 * DAY);
    expect(await told()).toHaveLength(2);
    await call("POST", "/api/customers/42/erase", { confirm: "42" });
    await call("POST", `/api/tokens/${id}/erase`, { confirm: id });
    const messages = await server.core.database.db.selectFrom("webhook_messages").selectAll().execute();
    expect(
      messages.map(({ data, personal_values }) => ({ personal_values, ...(JSON.parse(data) as object) })),
    ).toMatchObject([
      { personal_values: null, customer_id: null, order_id: null },
      { personal_values: null, customer_id: null, order_id: null },
    ]);
  });
});
