import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import type { WebhookReceiver } from "../../testing/webhook-receiver.ts";
import { SCOPES } from "../callers/index.ts";

const YEAR = 365 * 86_400;

interface Place extends AsyncDisposable {
  server: TestServer;
  receiver: WebhookReceiver;
  shop: string;
  call: (method: string, path: string, body?: object) => Promise<unknown>;
  run: () => Promise<void>;
  /** Subjects of open entries. */
  open: () => Promise<string[]>;
}

/** Whatever begins with `bounce` is refused for good. */
async function open(engine: TestEngine): Promise<Place> {
  const sink = await startSmtpSink({
    refusal: (to) => (to.startsWith("bounce") ? { code: 550, text: `5.1.1 no such user ${to}` } : undefined),
  });
  const receiver = await startWebhookReceiver();
  const server = await startTestServer(engine, { SMTP_URL: sink.url, MAIL_FROM: "Acme <broker@acme.example>" });
  server.application.mails.pause();
  const shop = await server.createManagementToken({ scopes: [...SCOPES], notify: true });
  const call = async (method: string, path: string, body?: object) => {
    const answer = await server.api(method, path, shop, body);
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.text === "" ? undefined : answer.json();
  };
  await call("POST", "/api/webhooks", { url: receiver.url, events: ["mail.*"] });
  return {
    ...{ server, receiver, shop, call },
    async run() {
      await server.application.mails.runDue();
      await server.application.webhooks.runDue();
    },
    async open() {
      const { db } = server.core.database;
      const entries = db
        .selectFrom("attention_entries")
        .select(["kind", "subject_id"])
        .where("dismissed_at", "is", null);
      return (await entries.execute()).map(({ kind, subject_id }) => `${kind} ${subject_id}`);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    },
  };
}

const sale = (customer_id: unknown, customer_email: string, order_id: string, more: object = {}) => ({
  ...{ allowed_package_prefixes: ["acme/"], metadata: { customer_id, customer_email, order_id }, ...more },
});
const failedOf = (customer: unknown) =>
  (customer as { failed_mails: { count: number; last: { id: string } } | null }).failed_mails;

describe.each(testEngines)("mails that failed on %s", (engine) => {
  test("show at the customer, under needs attention, and as an event that names no address", async () => {
    await using place = await open(engine);
    const { call, run, receiver, server, shop } = place;
    const { id } = await sellToken(server, shop, sale(5, "bounce@example.com", "12"));
    expect(await call("GET", "/api/customers/5")).toMatchObject({ failed_mails: null });
    await run();
    const failed = failedOf(await call("GET", "/api/customers/5"));
    expect(failed).toEqual({
      count: 1,
      last: {
        ...{ id: failed?.last.id, kind: "ready", token_id: id, to: "bounce@example.com", can_retry: true },
        ...{ detail: "The mail server refused the address for good (550 5.1.1).", failed_at: 1_800_000_000 },
      },
    });
    expect(await call("GET", "/api/customers")).toMatchObject([{ customer_id: "5", failed_mails: { count: 1 } }]);
    expect(await place.open()).toEqual([`mail.failed ${failed?.last.id}`]);
    expect(await call("GET", "/api/attention")).toMatchObject([{ kind: "mail.failed" }]);
    expect(receiver.received.map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: "mail.failed",
        data: {
          ...{ id: failed?.last.id, kind: "ready", token_id: id, shop: "default", customer_id: "5", order_id: "12" },
          detail: "The mail server refused the address for good (550 5.1.1).",
        },
      },
    ]);
    expect(receiver.received[0]?.body).not.toContain("bounce");
    await run();
    expect(receiver.received).toHaveLength(1);
  });

  test("are over when they are sent again, and are told anew when that fails, too", async () => {
    await using place = await open(engine);
    const { call, run, receiver, server, shop } = place;
    await sellToken(server, shop, sale(5, "bounce@example.com", "12"));
    await run();
    const { id } = failedOf(await call("GET", "/api/customers/5"))?.last ?? expect.fail("nothing failed");
    await call("PATCH", "/api/customers/5", { email: "bounce.again@example.com" });
    await call("POST", `/api/mails/${id}/retry`);
    expect(await place.open()).toEqual([]);
    expect(await call("GET", "/api/customers/5")).toMatchObject({ failed_mails: null });
    await run();
    expect(await place.open()).toEqual([`mail.failed ${id}`]);
    expect(receiver.received.map(({ type }) => type)).toEqual(["mail.failed", "mail.failed"]);
    await call("PATCH", "/api/customers/5", { email: "right@example.com" });
    await call("POST", `/api/mails/${id}/retry`);
    await run();
    expect(await place.open()).toEqual([]);
    expect(await call("GET", "/api/customers/5")).toMatchObject({ failed_mails: null });
  });

  // A reminder that arrives does not give a buyer the token they never got.
  test("are over by a later mail; one with a secret only by a later one with the secret of its token", async () => {
    await using place = await open(engine);
    const { call, run, server, shop } = place;
    const now = server.clock.nowMs() / 1000;
    const sold = await sellToken(server, shop, sale(5, "bounce@example.com", "12", { expires_at: now + YEAR }));
    await call("PATCH", `/api/tokens/${sold.id}`, { expires_at: now + 2 * YEAR });
    await run();
    expect(await call("GET", "/api/customers/5")).toMatchObject({ failed_mails: { count: 2 } });
    await call("PATCH", "/api/customers/5", { email: "right@example.com" });
    const other = await sellToken(server, shop, sale(5, "right@example.com", "13", { expires_at: now + YEAR }));
    await call("PATCH", `/api/tokens/${other.id}`, { expires_at: now + 2 * YEAR });
    await run();
    expect(await call("GET", "/api/customers/5")).toMatchObject({
      failed_mails: { count: 1, last: { kind: "ready", token_id: sold.id } },
    });
    expect(await place.open()).toHaveLength(1);
    await call("POST", `/api/tokens/${sold.id}/rotate`, {});
    await run();
    expect(await call("GET", "/api/customers/5")).toMatchObject({ failed_mails: null });
    expect(await place.open()).toEqual([]);
  });

  test("are over when there is nothing left to say: the token was revoked, or got another secret", async () => {
    await using place = await open(engine);
    const { call, run, server, shop } = place;
    const [one, two] = [
      await sellToken(server, shop, sale(5, "bounce@example.com", "12")),
      await sellToken(server, shop, sale(0, "bounce@example.com", "13")),
    ];
    await run();
    expect(await place.open()).toHaveLength(2);
    await call("PATCH", `/api/tokens/${one.id}`, { notify: false });
    await call("DELETE", `/api/tokens/${one.id}`);
    expect(await place.open()).toHaveLength(1);
    await call("POST", `/api/tokens/${two.id}/rotate`, { notify: false });
    expect(await place.open()).toEqual([]);
    expect(await call("GET", "/api/customers/5")).toMatchObject({ failed_mails: null });
  });

  test("of another shop, or outside of a bound, are nothing to a caller", async () => {
    await using place = await open(engine);
    const { server, shop, run, call } = place;
    await sellToken(server, shop, sale(5, "bounce@example.com", "12", { allowed_package_prefixes: ["globex/"] }));
    await run();
    const { id } = failedOf(await call("GET", "/api/customers/5"))?.last ?? expect.fail("nothing failed");
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const elsewhere = await server.createManagementToken({ scopes: [...SCOPES], shop: "second" });
    for (const secret of [bounded, elsewhere]) {
      expect((await server.api("GET", "/api/attention", secret)).json()).toEqual([]);
      expect((await server.api("GET", "/api/customers/5", secret)).status).toBe(404);
      expect((await server.api("POST", `/api/mails/${id}/retry`, secret)).status).toBe(404);
    }
  });

  test("of somebody who is erased say nothing any more, a guest's neither", async () => {
    await using place = await open(engine);
    const { call, run, receiver, server, shop } = place;
    await sellToken(server, shop, sale("zelda", "bounce@example.com", "12"));
    const guest = await sellToken(server, shop, sale(0, "bounce.guest@example.com", "13"));
    await run();
    expect(receiver.received).toHaveLength(2);
    await call("POST", "/api/customers/zelda/erase", { confirm: "zelda" });
    await call("POST", `/api/tokens/${guest.id}/erase`, { confirm: guest.id });
    expect(await place.open()).toEqual([]);
    const messages = await server.core.database.db.selectFrom("webhook_messages").select("data").execute();
    expect(messages.map(({ data }) => JSON.parse(data) as object)).toMatchObject([
      { customer_id: null, order_id: null },
      { customer_id: null, order_id: null },
    ]);
  });
});
