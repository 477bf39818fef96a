import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { isSignedBy, startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import type { WebhookReceiver } from "../../testing/webhook-receiver.ts";
import { sealAuditEvents } from "../audit/index.ts";
import { emitNotice } from "../notices/index.ts";
import { forgetOldDeliveries } from "./forget-deliveries.ts";
import { createWebhookWorker, eraseCustomerFromDeliveries } from "./index.ts";

interface Delivery {
  id: string;
  message_id: string;
  state: string;
  next_attempt_at: number | null;
  attempts: { at: number; status: number | null; error: string | null }[];
  response: string | null;
  payload: { type: string; timestamp: string; data: Record<string, unknown> };
}

const SCOPES = ["tokens:read", "tokens:write", "customers:write", "webhooks:read", "webhooks:write"];

class Setting implements AsyncDisposable {
  readonly server: TestServer;
  readonly receiver: WebhookReceiver;
  readonly token: string;
  hook = { id: "", secret: "" };

  constructor(server: TestServer, receiver: WebhookReceiver, token: string) {
    this.server = server;
    this.receiver = receiver;
    this.token = token;
  }

  static async start(engine: TestEngine, input: object = { events: ["*"] }): Promise<Setting> {
    const server = await startTestServer(engine);
    const receiver = await startWebhookReceiver();
    const setting = new Setting(server, receiver, await server.createManagementToken({ scopes: SCOPES }));
    const answer = await setting.api("POST", "/api/webhooks", { url: receiver.url, ...input });
    expect(answer.status, answer.text).toBe(201);
    setting.hook = answer.json() as { id: string; secret: string };
    return setting;
  }

  api(method: string, path: string, body?: unknown) {
    return this.server.api(method, path, this.token, body);
  }

  /** Everything that has happened is told, as far as it is due. */
  async settle(): Promise<void> {
    await sealAuditEvents(this.server.core);
    await this.server.application.webhooks.runDue();
  }

  async deliveries(query = ""): Promise<Delivery[]> {
    return (await this.api("GET", `/api/webhooks/${this.hook.id}/deliveries${query}`)).json() as Delivery[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
  }
}

describe.each(testEngines)("a webhook on %s", (engine) => {
  test("gets each change of a token once, signed, without its secret", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, hook } = setting;
    const metadata = { customer_id: 7, customer_email: "ada@example.com", order_id: "A-1", customer_name: "Ada" };
    const sold = await sellToken(server, setting.token, { description: "for Ada", metadata });
    await setting.settle();
    await setting.api("PATCH", `/api/tokens/${sold.id}`, { rate_limit_max: 5 });
    await setting.api("POST", `/api/tokens/${sold.id}/rotate`);
    await setting.api("DELETE", `/api/tokens/${sold.id}`);
    await setting.settle();
    await setting.settle();
    const types = receiver.received.map(({ type }) => type);
    expect(types.sort()).toEqual(["token.created", "token.revoked", "token.rotated", "token.updated"]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(4);
    const created = receiver.received.find(({ type }) => type === "token.created");
    expect(created?.data).toMatchObject({
      ...{ id: sold.id, shop: "default", customer_id: "7", customer_email: "ada@example.com", order_id: "A-1" },
      ...{ before: null, after: { status: "active" } },
    });
    expect(created?.body).toContain('"timestamp":"2027-01-15T08:00:00.000Z"');
    for (const message of receiver.received) {
      expect(isSignedBy(hook.secret, message)).toBe(true);
      expect(isSignedBy(hook.secret, { ...message, body: `${message.body} ` })).toBe(false);
      expect(message.headers).toMatchObject({ "content-type": "application/json", "webhook-timestamp": "1800000000" });
      expect(message.headers["user-agent"]).toMatch(/^PACKAGE\.broker\//);
      expect(message.body).not.toMatch(/pb[tm]_|for Ada|customer_name/);
    }
    expect(await setting.deliveries("?state=delivered")).toHaveLength(4);
  });

  test("gets only what it asked for, of its own shop, from when it was made and while it is enabled", async () => {
    await using setting = await Setting.start(engine, { events: ["token.revoked", "source.*"] });
    const { server, receiver, hook, token } = setting;
    const foreign = await server.createManagementToken({ shop: "foreign", scopes: SCOPES });
    const theirs = await sellToken(server, foreign, {});
    await server.api("DELETE", `/api/tokens/${theirs.id}`, foreign);
    const ours = await sellToken(server, token, {});
    await server.core.database.transaction(async (trx) => {
      await emitNotice(server.core, trx, { type: "source.failing", shop: null, data: { id: "src_1" } });
      await emitNotice(server.core, trx, { type: "package.version_released", shop: null, data: {} });
    });
    await setting.settle();
    expect(receiver.received.map(({ type }) => type)).toEqual(["source.failing"]);
    server.clock.advanceSeconds(1);
    const late = await setting.api("POST", "/api/webhooks", { url: receiver.url, events: ["*"] });
    expect((await setting.api("PATCH", `/api/webhooks/${hook.id}`, { enabled: false })).json()).toMatchObject({
      ...{ enabled: false, disabled_reason: "manual" },
    });
    await setting.api("DELETE", `/api/tokens/${ours.id}`);
    await setting.settle();
    expect(receiver.received.map(({ type }) => type)).toEqual(["source.failing", "token.revoked"]);
    expect(await setting.deliveries()).toHaveLength(1);
    const ofLate = `/api/webhooks/${(late.json() as { id: string }).id}/deliveries`;
    expect((await setting.api("GET", ofLate)).json()).toHaveLength(1);
  });

  test("that fails is tried again as Standard Webhooks has it, with one id, and given up after ten attempts", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, hook } = setting;
    receiver.behave((response) => response.writeHead(500).end("nope"));
    await setting.api("POST", `/api/webhooks/${hook.id}/test`);
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 10; attempt++) {
      await setting.settle();
      expect(receiver.received).toHaveLength(attempt);
      const [delivery] = await setting.deliveries();
      expect(delivery?.attempts).toHaveLength(attempt);
      const next = delivery?.next_attempt_at ?? null;
      if (next === null) break;
      const now = server.clock.nowMs() / 1000;
      delays.push(next - now);
      server.clock.setSeconds(next - 1);
      await setting.settle();
      expect(receiver.received).toHaveLength(attempt);
      server.clock.setSeconds(next);
    }
    const schedule = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    expect(delays).toHaveLength(schedule.length);
    for (const [index, least] of schedule.entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(least);
      expect(delays[index]).toBeLessThanOrEqual(Math.ceil(least * 1.1));
    }
    expect(await setting.deliveries()).toMatchObject([{ state: "failed", next_attempt_at: null }]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    for (const message of receiver.received) expect(isSignedBy(hook.secret, message)).toBe(true);
  });

  test("whose receiver asks for time gets it", async () => {
    await using setting = await Setting.start(engine);
    setting.receiver.behave((response) => response.writeHead(429, { "retry-after": "900" }).end());
    await setting.api("POST", `/api/webhooks/${setting.hook.id}/test`);
    await setting.settle();
    expect(await setting.deliveries()).toMatchObject([{ state: "pending", next_attempt_at: 1_800_000_900 }]);
  });

  test("that answers 410 is disabled, on record, and gets nothing more until it is enabled", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, hook, token } = setting;
    receiver.behave((response) => response.writeHead(503).end());
    await sellToken(server, token, {});
    await setting.settle();
    receiver.behave((response) => response.writeHead(410).end());
    await sellToken(server, token, {});
    await setting.settle();
    expect((await setting.api("GET", `/api/webhooks/${hook.id}`)).json()).toMatchObject({
      ...{ enabled: false, disabled_reason: "gone" },
    });
    expect((await setting.deliveries()).map(({ state }) => state).sort()).toEqual(["cancelled", "failed"]);
    const records = server.core.database.db
      .selectFrom("audit_events")
      .selectAll()
      .where("action", "=", "webhook.disabled");
    expect(await records.execute()).toMatchObject([{ actor_kind: "system", target_id: hook.id, shop: "default" }]);
    receiver.behave((response) => response.writeHead(204).end());
    await sellToken(server, token, {});
    server.clock.advanceSeconds(100_000);
    await setting.settle();
    expect(receiver.received).toHaveLength(2);
    const [failed] = await setting.deliveries("?state=failed");
    const replay = `/api/webhooks/${hook.id}/deliveries/${failed?.id ?? ""}/replay`;
    expect((await setting.api("POST", replay)).status).toBe(409);
    expect((await setting.api("PATCH", `/api/webhooks/${hook.id}`, { enabled: true })).json()).toMatchObject({
      ...{ enabled: true, disabled_reason: null },
    });
    await setting.settle();
    expect(receiver.received).toHaveLength(2);
    // The same message: a receiver that has it can tell.
    expect((await setting.api("POST", replay)).json()).toMatchObject({
      state: "pending",
      message_id: failed?.message_id,
    });
    await setting.settle();
    expect(receiver.received.at(-1)?.id).toBe(failed?.message_id);
    expect(await setting.deliveries("?state=delivered")).toHaveLength(1);
  });

  test("that hangs is given up in time, and holds nobody else up", async () => {
    await using setting = await Setting.start(engine);
    await using other = await startWebhookReceiver();
    const { server, receiver, token } = setting;
    let open = 0;
    let most = 0;
    receiver.behave((response) => {
      most = Math.max(most, ++open);
      response.on("close", () => open--);
    });
    await setting.api("POST", "/api/webhooks", { url: other.url, events: ["*"] });
    // What the server's own worker does in 15 seconds, in 0.3.
    await server.stop();
    const { core } = server;
    const facts = { version: "0", allowPrivateNetworks: true, timeoutMs: 300 };
    const worker = createWebhookWorker({ ...core, ...facts });
    for (let sale = 0; sale < 6; sale++) {
      await core.database.transaction((trx) =>
        emitNotice(core, trx, { type: "source.failing", shop: null, data: { token, sale } }),
      );
    }
    const running = worker.runDue();
    await expect.poll(() => other.received.length).toBeGreaterThanOrEqual(4);
    await running;
    expect(other.received).toHaveLength(6);
    // One that has not answered yet, and one that hangs, gets one at a time.
    expect(most).toBe(1);
    const rows = await core.database.db.selectFrom("webhook_deliveries").selectAll().execute();
    expect(rows.filter(({ attempts }) => attempts.includes("no answer within 0.3 seconds"))).toHaveLength(6);
  });

  test("is never sent to a private address, whatever its name led to before, nor by a redirect", async () => {
    await using setting = await Setting.start(engine);
    await using inside = await startWebhookReceiver();
    const { server, receiver, hook } = setting;
    receiver.behave((response) => response.writeHead(307, { location: inside.url }).end());
    await setting.api("POST", `/api/webhooks/${hook.id}/test`);
    await setting.settle();
    expect(inside.received).toHaveLength(0);
    expect((await setting.deliveries())[0]?.attempts).toMatchObject([
      { status: 307, error: "answered 307: redirects are not followed, set the URL it leads to" },
    ]);
    await server.stop();
    const { core } = server;
    const { port } = new URL(inside.url);
    await core.database.db
      .updateTable("webhooks")
      .set({ url: `https://shop.example:${port}/` })
      .execute();
    server.clock.advanceSeconds(10);
    let asked = 0;
    const lookup = (host: string) => {
      asked++;
      return Promise.resolve([{ address: host === "shop.example" ? "127.0.0.1" : "93.184.216.34" }]);
    };
    await createWebhookWorker({ ...core, version: "0", allowPrivateNetworks: false, lookup }).runDue();
    expect(asked).toBe(1);
    const [row] = await core.database.db.selectFrom("webhook_deliveries").selectAll().execute();
    expect(row?.attempts).toContain("shop.example (127.0.0.1) is a loopback or private address");
    expect(row?.attempts).toContain("to allow webhooks in your own network");
    expect(inside.received).toHaveLength(0);
  });

  test("that two instances look after gets each message once", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, token } = setting;
    await server.stop();
    const { core } = server;
    const facts = { ...core, version: "0", allowPrivateNetworks: true };
    for (let event = 0; event < 20; event++) {
      const data = { event, token };
      await core.database.transaction((trx) => emitNotice(core, trx, { type: "source.failing", shop: null, data }));
    }
    await Promise.all([1, 2, 3].map(() => createWebhookWorker(facts).runDue()));
    expect(receiver.received.map(({ data }) => data["event"]).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, event) => event),
    );
  });

  test("that is cut off by the end of the server gets its message from the next one, with the same id", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, hook } = setting;
    receiver.behave(() => undefined);
    await setting.api("POST", `/api/webhooks/${hook.id}/test`);
    await expect.poll(() => receiver.received.length, { timeout: 5_000 }).toBe(1);
    await server.stop();
    receiver.behave((response) => response.writeHead(200).end());
    await createWebhookWorker({ ...server.core, version: "0", allowPrivateNetworks: true }).runDue();
    expect(receiver.received.map(({ id }) => id)).toEqual([receiver.received[0]?.id, receiver.received[0]?.id]);
    const rows = await server.core.database.db.selectFrom("webhook_deliveries").selectAll().execute();
    expect(rows).toMatchObject([{ state: "delivered", claimed_by: null }]);
    expect(JSON.parse(rows[0]?.attempts ?? "")).toHaveLength(1);
  });

  test("has a log of 30 days, from which an erased customer is gone", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, token } = setting;
    receiver.behave((response) => response.writeHead(500).end());
    await sellToken(server, token, { metadata: { customer_id: 7, customer_email: "ada@example.com" } });
    await setting.settle();
    expect(JSON.stringify(await setting.deliveries())).toContain("ada@example.com");
    const customer = await server.core.database.db.selectFrom("customers").select("id").executeTakeFirstOrThrow();
    await server.core.database.transaction((trx) =>
      eraseCustomerFromDeliveries(trx, engine, { customer: customer.id, tokens: [] }),
    );
    expect(JSON.stringify(await setting.deliveries())).not.toContain("ada@example.com");
    receiver.behave((response) => response.writeHead(204).end());
    server.clock.advanceSeconds(10);
    await setting.settle();
    expect(receiver.received.at(-1)?.data).toMatchObject({ customer_id: null });
    expect(receiver.received.at(-1)?.body).not.toContain("ada@example.com");
    await server.stop();
    const left = async () => {
      await forgetOldDeliveries(server.core);
      const { db } = server.core.database;
      const deliveries = await db.selectFrom("webhook_deliveries").select("id").execute();
      return deliveries.length + (await db.selectFrom("webhook_messages").select("id").execute()).length;
    };
    server.clock.advanceSeconds(30 * 86_400 - 10);
    expect(await left()).toBe(2);
    server.clock.advanceSeconds(11);
    expect(await left()).toBe(0);
  });

  test("has a secret that is in no row, no log line and no answer but the one that made it", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, hook, token } = setting;
    receiver.behave((response) => response.writeHead(500).end());
    await sellToken(server, token, {});
    await setting.settle();
    const rotated = await setting.api("POST", `/api/webhooks/${hook.id}/rotate-secret`, { overlap_seconds: 3600 });
    const { secret } = rotated.json() as { secret: string };
    const answers = [
      await setting.api("GET", "/api/webhooks"),
      await setting.api("GET", `/api/webhooks/${hook.id}`),
      await setting.api("PATCH", `/api/webhooks/${hook.id}`, { description: "x" }),
      await setting.api("GET", `/api/webhooks/${hook.id}/deliveries`),
    ].map(({ text }) => text);
    const { db } = server.core.database;
    const rows = [];
    for (const table of ["webhooks", "webhook_messages", "webhook_deliveries", "audit_events", "notices"] as const) {
      rows.push(...(await db.selectFrom(table).selectAll().execute()));
    }
    const everything = JSON.stringify([answers, rows, server.logLines]);
    for (const text of [hook.secret, secret].flatMap((one) => [
      one,
      one.slice(6),
      Buffer.from(one).toString("base64"),
    ])) {
      expect(everything).not.toContain(text);
    }
    // The path of a URL is often a secret of its own.
    expect(JSON.stringify([server.logLines, await db.selectFrom("audit_events").selectAll().execute()])).not.toContain(
      "/hook",
    );
  });

  test("has two signatures while a secret is replaced, and one afterwards", async () => {
    await using setting = await Setting.start(engine);
    const { server, receiver, hook } = setting;
    const rotate = async (body?: object) =>
      ((await setting.api("POST", `/api/webhooks/${hook.id}/rotate-secret`, body)).json() as { secret: string }).secret;
    const send = async () => {
      await setting.api("POST", `/api/webhooks/${hook.id}/test`);
      await setting.settle();
      return receiver.received.at(-1) ?? expect.fail("nothing was sent");
    };
    const second = await rotate({ overlap_seconds: 3600 });
    const both = await send();
    expect([isSignedBy(hook.secret, both), isSignedBy(second, both)]).toEqual([true, true]);
    server.clock.advanceSeconds(3600);
    const one = await send();
    expect([isSignedBy(hook.secret, one), isSignedBy(second, one)]).toEqual([false, true]);
    const third = await rotate();
    const last = await send();
    expect([isSignedBy(second, last), isSignedBy(third, last)]).toEqual([false, true]);
  });
});
