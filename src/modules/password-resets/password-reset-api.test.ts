import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";
import type { TestSession } from "../../testing/users.ts";

const NEW_PASSWORD = "a very different pass phrase";
const FROM = { MAIL_FROM: "broker@acme.example" };
const HOUR = 3600;

const ask = (server: TestServer, email: string, headers: Record<string, string> = {}): Promise<TestAnswer> =>
  server.api("POST", "/api/password-resets", undefined, { email }, headers);

const complete = (server: TestServer, link: string, password = NEW_PASSWORD): Promise<TestAnswer> =>
  server.api("POST", "/api/password-resets/complete", undefined, { token: link.split("#")[1] ?? "", password });

async function resetFor(session: TestSession, id: string): Promise<string> {
  const answer = await session.api("POST", `/api/users/${id}/password-reset`);
  expect(answer.json()).toEqual({
    link: expect.stringMatching(/\/password-reset#[A-Za-z0-9_-]{43}$/) as unknown,
    ...{ expires_at: 1_800_000_000 + HOUR, mailed: false },
  });
  expect(answer.status).toBe(201);
  return (answer.json() as { link: string }).link;
}

const linkIn = (text: string | undefined) => /http\S+#\S+/.exec(text ?? "")?.[0] ?? "";

describe.each(testEngines)("a password reset on %s", (engine) => {
  test("sets the password once, ends every session, logs nobody in, and is told to the user by mail", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, ...FROM });
    const user = await createTestUser(server, { role: "support" });
    const sessions = [await logIn(server, user), await logIn(server, user)];
    expect((await ask(server, ` ${user.email.toUpperCase()}`)).status).toBe(202);
    const [mail] = await sink.waitForMails(1);
    expect(mail?.to).toEqual([user.email]);
    const link = linkIn(mail?.text);
    expect(link).toMatch(new RegExp(`^${server.core.config.publicUrl}/password-reset#[A-Za-z0-9_-]{43}$`));
    for (const session of sessions) expect((await session.api("GET", "/api/account")).status).toBe(200);
    expect((await complete(server, link, "short")).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: "/password" }],
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => complete(server, link)));
    const [done, another] = answers.filter(({ status }) => status === 200);
    expect([done?.json(), another]).toEqual([{ message: "Password changed; log in with it" }, undefined]);
    // The browser is known from then on, and nobody is logged in.
    expect(done?.headers.getSetCookie()).toEqual([expect.stringMatching(/^package_broker_device_/)]);
    for (const late of answers.filter((answer) => answer !== done)) {
      expect(late.json()).toMatchObject({ status: 410, code: "link.used" });
    }
    for (const session of sessions) expect((await session.api("GET", "/api/account")).status).toBe(401);
    await expect(logIn(server, user)).rejects.toThrow("auth.login_failed");
    await logIn(server, { ...user, password: NEW_PASSWORD });
    const [, notice] = await sink.waitForMails(2);
    expect(notice).toMatchObject({ to: [user.email], subject: "Your password for PACKAGE.broker was changed" });
    expect(notice?.raw).not.toContain("#");
    const { db } = server.core.database;
    const stored = JSON.stringify([
      await db.selectFrom("audit_events").selectAll().execute(),
      await db.selectFrom("audit_personal_values").selectAll().execute(),
      await db.selectFrom("one_time_links").selectAll().execute(),
      server.logLines,
    ]);
    expect(stored).toContain("user.password_reset_requested");
    for (const secret of [link.split("#")[1] ?? "-", NEW_PASSWORD]) expect(stored).not.toContain(secret);
  });

  test("does not get past an authenticator", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server, { role: "admin" });
    const session = await logIn(server, user);
    const started = await session.api("POST", "/api/account/totp", { current_password: user.password });
    const { secret } = started.json() as { secret: string };
    const codeNow = () => generate({ secret, epoch: Math.floor(server.clock.nowMs() / 1000) });
    expect((await session.api("POST", "/api/account/totp/confirm", { code: await codeNow() })).status).toBe(200);
    const link = await resetFor(await logIn(server, { role: "owner" }), user.id);
    expect((await complete(server, link)).status).toBe(200);
    const again = { ...user, password: NEW_PASSWORD };
    await expect(logIn(server, again)).rejects.toThrow("auth.totp_required");
    server.clock.advanceSeconds(30);
    await logIn(server, { ...again, code: await codeNow() });
  });

  test("link ends after an hour, and when a newer one is made", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const { id } = await createTestUser(server, { role: "viewer" });
    const first = await resetFor(owner, id);
    const second = await resetFor(owner, id);
    expect((await complete(server, first)).json()).toMatchObject({ status: 410, code: "link.expired" });
    server.clock.advanceSeconds(HOUR);
    expect((await complete(server, second)).json()).toMatchObject({ status: 410, code: "link.expired" });
    expect((await complete(server, `${second}x`)).json()).toMatchObject({ status: 404, code: "link.invalid" });
  });

  test("of an owner is an owner's alone to make; of an invited user there is none", async () => {
    await using server = await startTestServer(engine);
    const owner = await createTestUser(server, { role: "owner" });
    const admin = await logIn(server, { role: "admin" });
    const refused = await admin.api("POST", `/api/users/${owner.id}/password-reset`);
    expect(refused.json()).toMatchObject({ status: 403, code: "auth.outside_role" });
    const secret = await server.createManagementToken({ scopes: ["users:write"] });
    expect((await server.api("POST", `/api/users/${owner.id}/password-reset`, secret)).status).toBe(403);
    await resetFor(await logIn(server, owner), owner.id);
    const invited = await admin.api("POST", "/api/invitations", { email: "jane@example.com", role: "viewer" });
    const { user } = invited.json() as { user: { id: string } };
    expect((await admin.api("POST", `/api/users/${user.id}/password-reset`)).status).toBe(409);
    expect((await admin.api("POST", "/api/users/user_unknown/password-reset")).status).toBe(404);
  });

  test("asked for tells nothing about accounts: the same words for somebody and nobody, and no mail to nobody", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, ...FROM });
    const user = await createTestUser(server);
    const owner = await logIn(server, user);
    await owner.api("POST", "/api/invitations", { email: "invited@example.com", role: "viewer" });
    await sink.waitForMails(1);
    const answers = [];
    for (const email of [user.email, "nobody@example.com", "invited@example.com"])
      answers.push(await ask(server, email));
    for (const { status, text, headers } of answers) {
      expect([status, text, headers.get("content-length")]).toEqual([
        202,
        answers[0]?.text,
        answers[0]?.headers.get("content-length"),
      ]);
    }
    expect(answers[0]?.json()).toEqual({
      message:
        "If there is an account with this address, a mail with a link is on its way. The link works for an hour.",
    });
    // Nothing that differs has happened yet: the account is looked up a while after the answer.
    const links = server.core.database.db.selectFrom("one_time_links").select("kind");
    expect(await links.execute()).toEqual([{ kind: "invitation" }]);
    await server.stop();
    expect(sink.mails.map(({ to }) => to)).toEqual([["invited@example.com"], [user.email]]);
  });

  test("is mailed three times an hour to an account, and asked for thirty times an hour from an address", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, ...FROM });
    const user = await createTestUser(server);
    const answers = [];
    for (let index = 0; index < 30; index++)
      answers.push(await ask(server, index < 5 ? user.email : `nobody-${index}@example.com`));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const refused = await ask(server, "nobody@example.com");
    expect(refused.json()).toMatchObject({ status: 429, code: "auth.throttled" });
    expect(refused.headers.get("retry-after")).toBe(String(HOUR));
    await sink.waitForMails(3);
    server.clock.advanceSeconds(HOUR);
    expect((await ask(server, user.email)).status).toBe(202);
    await sink.waitForMails(4);
    await server.stop();
    expect(sink.mails).toHaveLength(4);
    // Only the newest of them works.
    expect(await server.core.database.db.selectFrom("one_time_links").select("expires_at").execute()).toHaveLength(4);
  });

  test("is asked for thirty times an hour from all the addresses of one IPv6 subscriber together", async () => {
    await using server = await startTestServer(engine, { TRUSTED_PROXIES: "127.0.0.1" });
    const from = (network: string, host: number) => ({
      "x-forwarded-for": `2001:db8:0:${network}::${host.toString(16)}`,
    });
    const statuses: number[] = [];
    for (let host = 1; host <= 31; host++) {
      statuses.push((await ask(server, `${host}@example.com`, from("1", host))).status);
    }
    expect(statuses).toEqual([...Array<number>(30).fill(202), 429]);
    expect((await ask(server, "another@example.com", from("2", 1))).status).toBe(202);
  });

  test("without a mail server says whom to ask, to everybody the same; a foreign page gets nothing", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const answers = [await ask(server, user.email), await ask(server, "nobody@example.com")];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [202, answers[1]?.text],
      [202, answers[0]?.text],
    ]);
    expect(answers[0]?.text).toContain("script/broker user reset");
    const foreign = await ask(server, user.email, { origin: "https://evil.example" });
    expect(foreign.json()).toMatchObject({ status: 403, code: "auth.csrf" });
    expect(await server.core.database.db.selectFrom("one_time_links").selectAll().execute()).toEqual([]);
  });

  // The mailbox may be what was broken into: whoever changes the password there and then must be rid of the link.
  test("ends with the old password: a link made before the user changed it opens nothing, and the change is told by mail", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, ...FROM });
    const user = await createTestUser(server);
    const session = await logIn(server, user);
    await ask(server, user.email);
    const link = linkIn((await sink.waitForMails(1))[0]?.text);
    const passwords = { current_password: user.password, new_password: NEW_PASSWORD };
    expect((await session.api("POST", "/api/account/password", passwords)).status).toBe(200);
    expect((await complete(server, link, "yet another pass phrase")).json()).toMatchObject({ code: "link.expired" });
    expect((await sink.waitForMails(2))[1]).toMatchObject({ to: [user.email], subject: /password/i });
    await logIn(server, { email: user.email, password: NEW_PASSWORD });
  });
});
