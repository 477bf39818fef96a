import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import type { SmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createMail } from "../../platform/mail/index.ts";
import { SCOPES } from "../callers/index.ts";
import { createMailWorker, eraseCustomerFromMails, listHeldMails } from "./index.ts";

const YEAR = 365 * 24 * 3600;
const SALE = {
  description: "Customer: jane@example.com (Order: 12345)",
  allowed_package_prefixes: ["acme/checkout", "acme/theme-*"],
  notify: true,
  metadata: { customer_id: "cust_123", customer_email: "Jane.Doe@example.com", order_id: "order_12345" },
};

interface Mail {
  id: string;
  kind: string;
  state: string;
  detail: string | null;
  can_retry: boolean;
  to: string | null;
  attempts: number;
  next_attempt_at: number | null;
}

/** A server that mails when it is told to. */
async function start(
  engine: TestEngine,
  sink: SmtpSink,
  environment: Record<string, string> = {},
): Promise<TestServer> {
  const mail = { SMTP_URL: sink.url, MAIL_FROM: "Acme <broker@acme.example>" };
  const server = await startTestServer(engine, { ...mail, ...environment });
  server.application.mails.pause();
  await hostPackage(server.core.database, "acme/checkout", ["1.0.0"]);
  return server;
}

async function mailsOf(server: TestServer, secret: string, query = ""): Promise<Mail[]> {
  const answer = await server.api("GET", `/api/mails${query}`, secret);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Mail[];
}

const statesOf = (mails: Mail[]) => mails.map(({ kind, state }) => `${kind} ${state}`);

describe.each(testEngines)("mails to customers on %s", (engine) => {
  test("a sale mails its customer the token, how to install it here, and until when", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink, { PUBLIC_URL: "https://packages.example.com:8443" });
    const shop = await server.createManagementToken();
    const expires_at = Date.UTC(2028, 1, 29, 12) / 1000;
    const sold = await sellToken(server, shop, { ...SALE, expires_at });
    expect(sold).not.toHaveProperty("warnings");
    await server.application.mails.runDue();
    const [mail] = sink.mails;
    expect(sink.mails).toHaveLength(1);
    expect(mail).toMatchObject({ from: "broker@acme.example", to: ["Jane.Doe@example.com"] });
    expect(mail?.subject).toBe("Your extension access token (order order_12345)");
    for (const part of [mail?.text, mail?.html]) {
      expect(part).toContain(sold.token);
      expect(part).toContain(`composer config http-basic.packages.example.com:8443 token ${sold.token}`);
      expect(part).toContain("composer config repositories.vendor composer https://packages.example.com:8443");
      expect(part).toContain("composer require acme/checkout");
      expect(part).toContain("acme/theme-*");
      expect(part).toContain("29 February 2028");
      expect(part).toContain("https://packages.example.com:8443/install");
      expect(part).not.toContain("secure-http");
    }
    expect(mail?.raw).toMatch(/^Message-ID: <mail_\w+@acme\.example>\r$/im);
    expect(statesOf(await mailsOf(server, shop))).toEqual(["ready sent"]);
  });

  test("a sale delivered five times at once is one mail", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const body = { ...SALE, unique_by: "order" };
    await Promise.all(Array.from({ length: 5 }, () => server.api("POST", "/api/tokens", shop, body)));
    const key = { "idempotency-key": "k" };
    const keyed = { ...SALE, metadata: { ...SALE.metadata, order_id: "another" } };
    await Promise.all(Array.from({ length: 5 }, () => server.api("POST", "/api/tokens", shop, keyed, key)));
    await server.application.mails.runDue();
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(2);
    expect(new Set(sink.mails.map(({ text }) => /order (\w+)|token (pbt_\w+)/.exec(text)?.[0])).size).toBe(2);
    expect(statesOf(await mailsOf(server, shop))).toEqual(["ready sent", "ready sent"]);
  });

  test("notify is what the sale says, else what the management token's setting says, else off", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const [plain, mailing] = [
      await server.createManagementToken(),
      await server.createManagementToken({ notify: true }),
    ];
    const { notify: _notify, ...silent } = SALE;
    expect(await sellToken(server, plain, silent)).toMatchObject({ notify: false });
    expect(await sellToken(server, mailing, silent)).toMatchObject({ notify: true });
    expect(await sellToken(server, mailing, { ...SALE, notify: false })).toMatchObject({ notify: false });
    expect(await sellToken(server, mailing, { ...SALE, notify: null })).toMatchObject({ notify: true });
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(2);
  });

  // A shop that gets an error delivers again, and again.
  test("a sale never fails because of mail: the answer says what kept one from being sent", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    await using silent = await startTestServer(engine);
    const warnings = async (at: TestServer, body: object) => {
      const sold = await sellToken(at, await at.createManagementToken(), { ...SALE, ...body });
      const about = (sold as { warnings?: string[] }).warnings?.filter((warning) => warning.startsWith("No mail"));
      return about?.length === 0 ? undefined : about;
    };
    expect(await warnings(silent, {})).toEqual([expect.stringContaining("no mail server (SMTP_URL)")]);
    expect(await warnings(server, { metadata: { order_id: 1 } })).toEqual([expect.stringContaining("an address")]);
    const notOne = { customer_email: "eve@example.com, jane@example.com\r\nBcc: x@example.com" };
    expect(await warnings(server, { metadata: notOne })).toEqual([expect.stringContaining("an address")]);
    expect(await warnings(server, { expires_at: 1_735_689_600 })).toEqual([expect.stringContaining("expired already")]);
    // The customer's address stands in for an order that has none.
    await warnings(server, { metadata: { customer_id: 1, customer_email: "known@example.com" } });
    expect(await warnings(server, { metadata: { customer_id: 1, customer_email: "nonsense" } })).toBeUndefined();
    await server.application.mails.runDue();
    expect(sink.mails.map(({ to }) => to)).toEqual([["known@example.com"], ["known@example.com"]]);
  });

  test("a mail server that is down, busy or refuses our password loses nothing: it is tried until it takes the mail", async () => {
    let answer: { code: number; text: string } | undefined = {
      code: 451,
      text: "4.7.1 greylisted, Jane.Doe@example.com",
    };
    let sink = await startSmtpSink();
    const port = Number(new URL(sink.url).port);
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    await sink[Symbol.asyncDispose]();
    await sellToken(server, shop, SALE);
    const attempt = async (): Promise<Mail> => {
      await server.application.mails.runDue();
      const [mail] = await mailsOf(server, shop);
      return mail ?? expect.fail("there is no mail");
    };
    const refused = await attempt();
    expect(refused).toMatchObject({ state: "pending", attempts: 1 });
    expect(refused.detail).toContain("connection was refused");
    expect(refused.next_attempt_at).toBeGreaterThanOrEqual(server.clock.nowMs() / 1000 + 60);
    sink = await startSmtpSink({ port, refusal: () => answer });
    expect(await attempt()).toMatchObject({ attempts: 1 });
    server.clock.advanceSeconds(70);
    const busy = await attempt();
    expect(busy).toMatchObject({ state: "pending", attempts: 2 });
    expect(busy.detail).toBe("The mail server does not take mail for this address now (451 4.7.1).");
    answer = undefined;
    server.clock.advanceSeconds(330);
    expect(await attempt()).toMatchObject({ state: "sent", attempts: 3, detail: null });
    expect(sink.mails).toHaveLength(1);
    expect(server.logLines.join("")).not.toMatch(/jane|pbt_/i);
    await sink[Symbol.asyncDispose]();
  });

  test("after three days without a taker a mail has failed, and is not tried again by itself", async () => {
    await using sink = await startSmtpSink({ refusal: () => ({ code: 451, text: "not now" }) });
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const began = server.clock.nowMs() / 1000;
    await sellToken(server, shop, SALE);
    let mail: Mail | undefined;
    for (let tries = 0; tries < 20 && mail?.state !== "failed"; tries++) {
      await server.application.mails.runDue();
      [mail] = await mailsOf(server, shop);
      if (typeof mail?.next_attempt_at === "number") server.clock.setSeconds(mail.next_attempt_at);
    }
    expect(mail).toMatchObject({ state: "failed", attempts: 13, can_retry: true });
    const days = (server.clock.nowMs() / 1000 - began) / 86_400;
    expect(days).toBeGreaterThan(3);
    expect(days).toBeLessThan(4);
  });

  test("an address that is refused for good fails at once, in words, and is tried again at the address that was put right", async () => {
    await using sink = await startSmtpSink({
      refusal: (to) => (to.startsWith("Jane") ? { code: 550, text: "5.1.1 no such user Jane.Doe" } : undefined),
    });
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, SALE);
    await server.application.mails.runDue();
    const [failed] = await mailsOf(server, shop, "?state=failed");
    expect(failed).toMatchObject({ attempts: 1, can_retry: true, to: "Jane.Doe@example.com" });
    expect(failed?.detail).toBe("The mail server refused the address for good (550 5.1.1).");
    const metadata = { ...SALE.metadata, customer_email: "john@example.com" };
    expect((await server.api("PATCH", `/api/tokens/${id}`, shop, { metadata })).status).toBe(200);
    const retried = await server.api("POST", `/api/mails/${failed?.id ?? ""}/retry`, shop);
    expect(retried.json()).toMatchObject({ state: "pending", to: "john@example.com", attempts: 0 });
    await server.application.mails.runDue();
    expect(sink.mails.map(({ to }) => to)).toEqual([["john@example.com"]]);
    const again = await server.api("POST", `/api/mails/${failed?.id ?? ""}/retry`, shop);
    expect(again.json()).toMatchObject({ status: 409, code: "resource.conflict" });
  });

  test("the secret of a mail that failed is kept for seven days, and the mail cannot be sent again after them", async () => {
    await using sink = await startSmtpSink({ refusal: () => ({ code: 554, text: "5.7.1 spam", at: "mail" }) });
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    await sellToken(server, shop, SALE);
    await server.application.mails.runDue();
    const sealed = () => server.core.database.db.selectFrom("customer_mails").select("sealed_secret").execute();
    server.clock.advanceSeconds(7 * 86_400);
    await server.application.mails.runDue();
    expect(await sealed()).toEqual([{ sealed_secret: expect.stringMatching(/^v1\./) as unknown }]);
    server.clock.advanceSeconds(1);
    await server.application.mails.runDue();
    expect(await sealed()).toEqual([{ sealed_secret: null }]);
    const [mail] = await mailsOf(server, shop);
    expect(mail).toMatchObject({ can_retry: false, detail: "The mail server refused this mail for good (554 5.7.1)." });
    const answer = await server.api("POST", `/api/mails/${mail?.id ?? ""}/retry`, shop);
    expect(answer.json()).toMatchObject({ status: 409 });
  });

  // Who reads a backup or the log must not be able to install.
  test("the secret is in the clear in no table, no log line and no webhook, and in no table at all once it was sent", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const hook = { url: "https://hooks.invalid/", events: ["*"] };
    await server.api("POST", "/api/webhooks", shop, hook);
    const { id, token } = await sellToken(server, shop, SALE, { "idempotency-key": "k" });
    const rotated = (await server.api("POST", `/api/tokens/${id}/rotate`, shop)).json() as { token: string };
    const secrets = [token, rotated.token];
    const expectNoSecret = async () => {
      const dump = await dumpOf(server);
      expect(dump).toContain(id);
      for (const secret of secrets) expect(dump).not.toContain(secret);
    };
    await expectNoSecret();
    const sealed = () =>
      server.core.database.db
        .selectFrom("customer_mails")
        .select("id")
        .where("sealed_secret", "is not", null)
        .execute();
    expect(await sealed()).toHaveLength(1);
    await server.application.webhooks.runDue();
    await server.application.mails.runDue();
    expect(sink.mails[0]?.text).toContain(rotated.token);
    await expectNoSecret();
    expect(await sealed()).toEqual([]);
    for (const secret of secrets) expect(server.logLines.join("")).not.toContain(secret);
    expect(server.logLines.join("")).not.toMatch(/jane/i);
  });

  test("a token revoked before its mail left is mailed neither its secret nor its end; one revoked after, its end", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const early = await sellToken(server, shop, SALE);
    await server.api("DELETE", `/api/tokens/${early.id}`, shop);
    await server.application.mails.runDue();
    expect(sink.mails).toEqual([]);
    expect(statesOf(await mailsOf(server, shop))).toEqual(["revoked cancelled", "ready cancelled"]);
    const late = await sellToken(server, shop, SALE);
    await server.application.mails.runDue();
    for (let times = 0; times < 2; times++) await server.api("DELETE", `/api/tokens/${late.id}`, shop);
    await server.application.mails.runDue();
    expect(sink.mails.map(({ subject }) => subject)).toEqual([
      "Your extension access token (order order_12345)",
      "Your access was ended",
    ]);
    expect(sink.mails[1]?.text).toContain(`ends in ${late.token.slice(-4)}`);
    expect(sink.mails[1]?.raw).not.toContain("pbt_");
  });

  test("whoever was told of a token by the shop itself is told of its end by mail", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, { ...SALE, notify: false });
    await server.api("PATCH", `/api/tokens/${id}`, shop, { notify: true });
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    await server.application.mails.runDue();
    expect(sink.mails.map(({ subject }) => subject)).toEqual(["Your access was ended"]);
  });

  test("a rotation mails the new secret; what waits with the old one is not sent, and the first mail is the whole one", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const first = await sellToken(server, shop, SALE);
    const rotate = async (body: object = {}) =>
      (await server.api("POST", `/api/tokens/${first.id}/rotate`, shop, body)).json() as { token: string };
    const second = await rotate();
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]?.text).toContain(second.token);
    expect(sink.mails[0]?.text).toContain("Thank you for your purchase!");
    const third = await rotate({ overlap_seconds: 86_400 });
    await server.application.mails.runDue();
    expect(sink.mails[1]?.subject).toBe("Your new access token");
    expect(sink.mails[1]?.text).toContain(third.token);
    expect(sink.mails[1]?.text).toContain("goes on working until 16 January 2027");
    await rotate({ notify: false });
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(2);
    expect(statesOf(await mailsOf(server, shop))).toEqual(["ready sent", "ready sent", "ready cancelled"]);
  });

  test("a renewal is told once; a reminder that waited is then not sent", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const now = server.clock.nowMs() / 1000;
    const { id } = await sellToken(server, shop, { ...SALE, expires_at: now + YEAR });
    await server.application.mails.runDue();
    const renew = (expires_at: number | null) => server.api("PATCH", `/api/tokens/${id}`, shop, { expires_at });
    for (let times = 0; times < 2; times++) await renew(now + 2 * YEAR);
    await renew(now + YEAR + 60);
    await server.api("PATCH", `/api/tokens/${id}`, shop, { description: "relabelled" });
    await server.application.mails.runDue();
    // The renewal was taken back before its mail left.
    expect(statesOf(await mailsOf(server, shop, `?token_id=${id}`))).toEqual(["renewed cancelled", "ready sent"]);
    await renew(now + 3 * YEAR);
    await server.application.mails.runDue();
    expect(sink.mails.map(({ subject }) => subject).slice(1)).toEqual(["Your access was renewed"]);
    expect(sink.mails[1]?.text).toContain("14 January 2030");
    await renew(null);
    await server.application.mails.runDue();
    expect(sink.mails[2]?.text).toContain("without an end date");
  });

  test("reminders come 14 and 3 days ahead: once each, not after a renewal, not for what is bought for less", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const now = server.clock.nowMs() / 1000;
    const DAY = 86_400;
    const sell = async (order_id: string, days: number | null, more: object = {}) => {
      const metadata = { ...SALE.metadata, order_id };
      return (
        await sellToken(server, shop, {
          ...SALE,
          metadata,
          ...more,
          expires_at: days === null ? null : now + days * DAY,
        })
      ).id;
    };
    await sell("year", 30);
    await sell("short", 10);
    await sell("tiny", 2);
    await sell("perpetual", null);
    await sell("silent", 30, { notify: false });
    const revoked = await sell("revoked", 30);
    const renewed = await sell("renewed", 30);
    await server.application.mails.runDue();
    await server.api("DELETE", `/api/tokens/${revoked}`, shop);
    await server.application.mails.runDue();
    const reminded = () =>
      sink.mails.filter(({ subject }) => subject.includes("ends on")).map(({ text }) => /order (\w+)/.exec(text)?.[1]);
    const look = async (day: number) => {
      server.clock.setSeconds(now + day * DAY);
      for (let times = 0; times < 2; times++) await server.application.mails.runDue();
    };
    await look(6.9);
    expect(reminded()).toEqual([]);
    await look(7.1);
    expect(reminded()).toEqual(["short"]);
    await look(15.9);
    expect(reminded()).toEqual(["short"]);
    await look(16.1);
    expect(reminded().sort()).toEqual(["renewed", "short", "year"]);
    await server.api("PATCH", `/api/tokens/${renewed}`, shop, { expires_at: now + 400 * DAY });
    await look(27.1);
    expect(reminded().sort()).toEqual(["renewed", "short", "year", "year"]);
    await look(31);
    expect(reminded()).toHaveLength(4);
    // A server that was off when the first one was due sends the nearest one only.
    await look(398);
    expect(reminded().filter((order) => order === "renewed")).toHaveLength(2);
  });

  test("a customer whose orders grant line by line hears of each line that ends or goes on, by the one token", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const now = server.clock.nowMs() / 1000;
    const DAY = 86_400;
    const metadata = { customer_id: "c", customer_email: "jane@example.com" };
    await sellToken(server, shop, { description: "x", notify: true, access: "customer", metadata });
    const set = async (line: string, body: object) => {
      const answer = await server.api("PUT", `/api/customers/c/grants/default/order-${line}/1`, shop, body);
      expect(answer.status, answer.text).toBeLessThan(300);
    };
    await set("year", { packages: ["acme/checkout", "acme/theme"], expires_at: now + 30 * DAY });
    await set("kept", { package: "acme/kept", expires_at: now + 30 * DAY });
    await set("forever", { package: "acme/kept" });
    await set("short", { package: "acme/short", expires_at: now + 10 * DAY });
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]?.text).toContain("* acme/checkout");
    server.clock.setSeconds(now + 17 * DAY);
    for (let times = 0; times < 2; times++) await server.application.mails.runDue();
    expect(sink.mails.slice(1).map(({ subject }) => subject)).toEqual(["Your access ends on 14 February 2027"]);
    expect(sink.mails[1]?.text).toContain("order order-year");
    expect(sink.mails[1]?.text).toMatch(/\* acme\/checkout\n +\* acme\/theme\n/);
    const renewal = {
      packages: ["acme/checkout", "acme/theme"],
      expires_at: now + 400 * DAY,
      occurred_at: now + 17 * DAY,
    };
    for (let times = 0; times < 2; times++) await set("year", renewal);
    await server.application.mails.runDue();
    expect(sink.mails.slice(2).map(({ subject }) => subject)).toEqual(["Your access was renewed"]);
    expect(sink.mails[2]?.text).toContain("lasts until 19 February 2028");
    server.clock.setSeconds(now + 29 * DAY);
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(3);
    // Of what goes on by another purchase nobody is told that it ends.
    const kept = (await mailsOf(server, shop)).filter(({ state }) => state === "cancelled");
    expect(kept.map(({ detail }) => detail)).toEqual([
      "The customer has everything of this line for longer by another purchase.",
      "The customer has everything of this line for longer by another purchase.",
    ]);
  });

  // Whoever runs a line of a mail must not be refused.
  test("what a customer can install later only is in no mail until then, and a renewal bought ahead is neither an end nor reminded of", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const now = server.clock.nowMs() / 1000;
    const DAY = 86_400;
    const set = async (order: string, body: object) => {
      const answer = await server.api("PUT", `/api/customers/c/grants/default/${order}/1`, shop, body);
      expect(answer.status, answer.text).toBeLessThan(300);
    };
    await set("first", { package: "acme/checkout", expires_at: now + 30 * DAY });
    await set("ahead", { package: "acme/checkout", starts_at: now + 30 * DAY, expires_at: now + 400 * DAY });
    await set("later", { package: "acme/later", starts_at: now + 40 * DAY, expires_at: now + 400 * DAY });
    const instructions = async (order_id: string) => {
      const metadata = { customer_id: "c", customer_email: "jane@example.com", order_id };
      const body = { description: "x", notify: true, access: "customer", metadata };
      const answer = await server.api("POST", "/api/tokens?include=instructions", shop, body);
      return (answer.json() as { instructions: { text: string } }).instructions.text;
    };
    const text = await instructions("o1");
    expect(text).toContain("composer require acme/checkout\n");
    expect(text).not.toContain("acme/later");
    expect(text).toContain("works until 19 February 2028");
    await server.application.mails.runDue();
    expect(sink.mails.map((mail) => mail.text.includes("acme/later"))).toEqual([false]);
    server.clock.setSeconds(now + 17 * DAY);
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(1);
    expect((await mailsOf(server, shop))[0]).toMatchObject({
      ...{ kind: "expiring", state: "cancelled" },
      detail: "The customer has everything of this line for longer by another purchase.",
    });
    server.clock.setSeconds(now + 40 * DAY);
    expect(await instructions("o2")).toMatch(/composer require (?=.*acme\/checkout).*acme\/later/);
  });

  test("what ends soon without an address is reminded of once there is one, each line of an order once", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const now = server.clock.nowMs() / 1000;
    const DAY = 86_400;
    const packages = ["acme/checkout", "acme/core", "acme/theme"];
    const line = { packages, expires_at: now + 30 * DAY };
    expect((await server.api("PUT", "/api/customers/c/grants/default/order/1", shop, line)).status).toBe(201);
    const metadata = { customer_id: "c" };
    const { id } = await sellToken(server, shop, { description: "x", notify: true, access: "customer", metadata });
    const own = { description: "y", notify: true, expires_at: now + 30 * DAY };
    await sellToken(server, shop, own);
    server.clock.setSeconds(now + 17 * DAY);
    await server.application.mails.runDue();
    expect(await mailsOf(server, shop)).toEqual([]);
    const change = { metadata: { ...metadata, customer_email: "jane@example.com" } };
    expect((await server.api("PATCH", `/api/tokens/${id}`, shop, change)).status).toBe(200);
    await server.application.mails.runDue();
    expect(sink.mails.map(({ to }) => to)).toEqual([["jane@example.com"]]);
    for (const name of packages) expect(sink.mails[0]?.text).toContain(`* ${name}\n`);
  });

  test("how many days ahead is a setting, and none is one", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const set = async (reminder_days: unknown) => {
      const answer = await server.api("PATCH", "/api/settings", shop, { reminder_days });
      expect(answer.json()).toMatchObject({ reminder_days });
    };
    await set([]);
    await sellToken(server, shop, { ...SALE, expires_at: server.clock.nowMs() / 1000 + 30 * 86_400 });
    await server.application.mails.runDue();
    server.clock.advanceSeconds(29 * 86_400);
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(1);
    await set([1, 30, 20]);
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(2);
    expect((await mailsOf(server, shop))[0]).toMatchObject({ kind: "expiring", days_ahead: 1 });
  });

  test("what a shop writes is text in a mail: no markup, no other header, no second recipient, and not without end", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const script = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    await server.api("PATCH", "/api/settings", shop, { vendor_name: `Acme ${script} {{ token }}` });
    await sellToken(server, shop, {
      ...SALE,
      description: `${script}\r\nBcc: eve@example.com\r\n\r\n${"huge ".repeat(3_000)}`,
      metadata: {
        customer_id: script,
        customer_email: "jane@example.com",
        order_id: `7\r\nBcc: eve@example.com\u202e{{ 7 }}`,
      },
    });
    await server.application.mails.runDue();
    const [mail] = sink.mails;
    expect(sink.mails).toHaveLength(1);
    expect(mail?.to).toEqual(["jane@example.com"]);
    expect(mail?.raw.split("\r\n\r\n")[0]).not.toMatch(/^bcc:/im);
    expect(mail?.subject).toContain("order 7 Bcc: eve@example.com {{ 7 }}");
    expect(mail?.html).not.toContain("<script");
    expect(mail?.html).not.toContain("<img");
    expect(mail?.html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(mail?.text).toContain("{{ token }}");
    expect(mail?.raw.length).toBeLessThan(30_000);
    // Nothing that a mail program would fetch when the mail is opened.
    expect(mail?.html).not.toMatch(/<[^>]*\bsrc=|url\(|@import|<link/);
  });

  test("?include=instructions answers with that mail, without a mail server, and the same again for the same key", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/checkout", ["1.0.0"]);
    const shop = await server.createManagementToken();
    const { notify: _notify, ...silent } = SALE;
    const post = (path: string, body: unknown, key: string) =>
      server.api("POST", `${path}?include=instructions`, shop, body, { "idempotency-key": key });
    const answer = await post("/api/tokens", silent, "k");
    const sold = answer.json() as {
      id: string;
      token: string;
      instructions: { subject: string; text: string; html: string };
    };
    expect(answer.status).toBe(201);
    expect(sold).not.toHaveProperty("warnings");
    expect(sold.instructions.text).toContain(`token ${sold.token}`);
    expect(sold.instructions.html).toContain(`token ${sold.token}`);
    expect(sold.instructions.subject).toContain("order_12345");
    expect((await post("/api/tokens", silent, "k")).json()).toEqual(sold);
    const rotated = (await post(`/api/tokens/${sold.id}/rotate`, {}, "r")).json() as typeof sold;
    expect(rotated.instructions.text).toContain(rotated.token);
    expect(rotated.instructions.text).toContain("does not work any more");
    expect(await server.core.database.db.selectFrom("customer_mails").selectAll().execute()).toEqual([]);
    const wrong = await server.api("POST", "/api/tokens?include=everything", shop, silent);
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: "?include" }] });
  });

  test("nothing is sent to an erased customer, and no address is left", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    await sellToken(server, shop, SALE);
    await server.application.mails.runDue();
    await sellToken(server, shop, { ...SALE, metadata: { ...SALE.metadata, order_id: "later" } });
    const { db } = server.core.database;
    const { id } = await db.selectFrom("customers").select("id").executeTakeFirstOrThrow();
    expect(await listHeldMails(db, { customer: id })).toHaveLength(2);
    await server.core.database.transaction((trx) => eraseCustomerFromMails(trx, id, 1));
    await server.application.mails.runDue();
    expect(sink.mails).toHaveLength(1);
    const rows = await db.selectFrom("customer_mails").selectAll().orderBy("created_at").execute();
    expect(rows.map(({ state }) => state).sort()).toEqual(["cancelled", "sent"]);
    expect(JSON.stringify(rows)).not.toMatch(/jane/i);
    expect(rows.every(({ sealed_secret }) => sealed_secret === null)).toBe(true);
  });

  test("several servers on one database send each mail once", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const orders = Array.from({ length: 30 }, (_, index) => `order-${index}`);
    for (const order_id of orders) await sellToken(server, shop, { ...SALE, metadata: { ...SALE.metadata, order_id } });
    const { core } = server;
    const mail = createMail({ ...(core.config.mail ?? expect.fail()), logger: core.logger });
    const parts = { ...core, mail, templates: core.mailTemplates, publicUrl: core.config.publicUrl };
    const workers = [createMailWorker(parts), createMailWorker(parts), server.application.mails];
    await Promise.all(workers.map((worker) => worker.runDue()));
    expect(sink.mails).toHaveLength(orders.length);
    const ids = sink.mails.map(({ raw }) => /^Message-ID: (.*)\r$/im.exec(raw)?.[1]);
    expect(new Set(ids).size).toBe(orders.length);
    await mail.stop(100);
  });

  test("a hand-over that is cut off by a stop is taken up again with the same Message-ID", async () => {
    const taken = Promise.withResolvers<undefined>();
    let asked = 0;
    await using sink = await startSmtpSink({ beforeTaking: () => (++asked === 1 ? taken.promise : Promise.resolve()) });
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    await sellToken(server, shop, SALE);
    const sending = server.application.mails.runDue();
    await expect.poll(() => asked).toBe(1);
    // Revoked while it is on its way: it may have arrived, so its end is told, after it.
    const { core } = server;
    const mail = createMail({ ...(core.config.mail ?? expect.fail()), logger: core.logger });
    const other = createMailWorker({ ...core, mail, templates: core.mailTemplates, publicUrl: core.config.publicUrl });
    await other.runDue();
    expect(asked).toBe(1);
    server.clock.advanceSeconds(46);
    await other.runDue();
    taken.resolve(undefined);
    await sending;
    const ids = sink.mails.map(({ raw }) => /^Message-ID: (.*)\r$/im.exec(raw)?.[1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(statesOf(await mailsOf(server, shop))).toEqual(["ready sent"]);
    await mail.stop(100);
  });

  test("a mail that the mail server took while this one stopped is noted as sent, and not sent again", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    await sellToken(server, shop, SALE);
    const { core } = server;
    let handedOver = 0;
    let stopped: Promise<void> | undefined;
    const handOver = async (_message: unknown, { signal }: { signal?: AbortSignal }) => {
      handedOver++;
      stopped = worker.stop(0);
      await expect.poll(() => signal?.aborted).toBe(true);
      return { taken: true as const };
    };
    const mail = { canSend: true, from: undefined, handOver };
    const parts = { ...core, mail, templates: core.mailTemplates, publicUrl: core.config.publicUrl };
    const worker = createMailWorker(parts);
    await worker.runDue();
    await stopped;
    expect(statesOf(await mailsOf(server, shop))).toEqual(["ready sent"]);
    server.clock.advanceSeconds(3_600);
    await createMailWorker(parts).runDue();
    expect(handedOver).toBe(1);
  });

  test("a mail that is cancelled on its way and not taken is not tried again, in the log of the server too", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, SALE);
    const { core } = server;
    const handOver = async () => {
      await server.api("DELETE", `/api/tokens/${id}`, shop);
      return { taken: false as const, isFinal: false, words: "The mail server is busy." };
    };
    const mail = { canSend: true, from: undefined, handOver };
    const parts = { ...core, mail, templates: core.mailTemplates, publicUrl: core.config.publicUrl };
    await createMailWorker(parts).runDue();
    expect(statesOf(await mailsOf(server, shop))).toEqual(["revoked cancelled", "ready cancelled"]);
    const told = server.logLines.filter((line) => line.includes("a mail was not taken"));
    expect(told.map((line) => (JSON.parse(line) as { state: string }).state)).toEqual(["cancelled"]);
  });

  test("the log of mails shows a management token its own shop and bound only, in pages", async () => {
    await using sink = await startSmtpSink();
    await using server = await start(engine, sink);
    const shop = await server.createManagementToken();
    const bounded = await server.createManagementToken({ prefixes: ["other/"] });
    const foreign = await server.createManagementToken({ shop: "foreign" });
    for (const order_id of [1, 2, 3])
      await sellToken(server, shop, { ...SALE, metadata: { ...SALE.metadata, order_id } });
    await sellToken(server, foreign, { ...SALE, allowed_package_prefixes: ["other/x"] });
    expect(await mailsOf(server, shop)).toHaveLength(3);
    expect(await mailsOf(server, bounded)).toHaveLength(0);
    expect(await mailsOf(server, foreign)).toHaveLength(1);
    expect(await mailsOf(server, shop, "?customer_id=cust_123&state=pending")).toHaveLength(3);
    expect(await mailsOf(server, shop, "?customer_id=somebody")).toHaveLength(0);
    const page = await server.api("GET", "/api/mails?limit=2", shop);
    const next = /<[^>]*(\?[^>]*)>/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
    const ids = [...(page.json() as Mail[]), ...(await mailsOf(server, shop, next))].map(({ id }) => id);
    expect(ids).toEqual((await mailsOf(server, shop)).map(({ id }) => id));
    const [mail] = await mailsOf(server, foreign);
    for (const other of [shop, bounded]) {
      const answer = await server.api("POST", `/api/mails/${mail?.id ?? ""}/retry`, other);
      expect(answer.json()).toMatchObject({ status: 404 });
    }
  });
});

/** Every row of every table there is. */
async function dumpOf(server: TestServer): Promise<string> {
  const { db } = server.core.database;
  const tables = await db.introspection.getTables();
  const rows = [];
  for (const { name } of tables)
    rows.push(
      await db
        .selectFrom(name as "tokens")
        .selectAll()
        .execute(),
    );
  expect(tables.length).toBeGreaterThan(20);
  return JSON.stringify(rows);
}
