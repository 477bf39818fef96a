import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn, sessionOf } from "../../testing/users.ts";
import type { TestSession } from "../../testing/users.ts";

const PASSWORD = "correct horse battery staple";
const JANE = { email: "jane@example.com", name: "Jane Doe", role: "support" };
const WEEK = 7 * 24 * 3600;

interface Invited {
  user: { id: string; email: string; status: string };
  link: string;
  expires_at: number;
  mailed: boolean;
}

const tokenOf = (link: string) => link.split("#")[1] ?? "";

async function invite(session: TestSession, body: unknown = JANE): Promise<Invited> {
  const answer = await session.api("POST", "/api/invitations", body);
  expect(answer.status, answer.text).toBe(201);
  return answer.json() as Invited;
}

const accept = (server: TestServer, token: string, body: Record<string, unknown> = {}): Promise<TestAnswer> =>
  server.api("POST", "/api/invitations/accept", undefined, { token, password: PASSWORD, ...body });

const lookUp = (server: TestServer, token: string): Promise<TestAnswer> =>
  server.api("POST", "/api/invitations/lookup", undefined, { token });

describe.each(testEngines)("invitations on %s", (engine) => {
  test("lead from the link over the greeting to a logged-in user with the role, once", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const invited = await invite(owner);
    expect(invited).toMatchObject({
      ...{ user: { email: "jane@example.com", name: "Jane Doe", role: "support", status: "invited" } },
      ...{ expires_at: 1_800_000_000 + WEEK, mailed: false },
    });
    expect(invited.link).toMatch(new RegExp(`^${server.core.config.publicUrl}/invitation#[A-Za-z0-9_-]{43}$`));
    const token = tokenOf(invited.link);
    expect((await lookUp(server, token)).json()).toEqual({ ...JANE, expires_at: invited.expires_at });
    const answer = await accept(server, token, { name: "Jane D." });
    expect(answer.status).toBe(200);
    const session = sessionOf(server, answer);
    expect((await session.api("GET", "/api/session")).json()).toEqual({
      ...(answer.json() as object),
      without_key: false,
    });
    expect(answer.json()).toMatchObject({ user: { email: "jane@example.com", name: "Jane D.", role: "support" } });
    for (const again of [await accept(server, token), await lookUp(server, token)]) {
      expect(again.json()).toMatchObject({ status: 410, code: "link.used" });
    }
    await logIn(server, { email: JANE.email, password: PASSWORD });
    const { db } = server.core.database;
    const stored = JSON.stringify([
      await db.selectFrom("audit_events").selectAll().execute(),
      await db.selectFrom("audit_personal_values").selectAll().execute(),
      await db.selectFrom("one_time_links").selectAll().execute(),
      server.logLines,
    ]);
    expect(stored).toContain("user.invitation_accepted");
    for (const secret of [token, PASSWORD]) expect(stored).not.toContain(secret);
    expect(JSON.stringify(await db.selectFrom("audit_events").selectAll().execute())).not.toMatch(/jane/i);
  });

  test("work once, also when twenty accept at the same moment", async () => {
    await using server = await startTestServer(engine);
    const token = tokenOf((await invite(await logIn(server, { role: "owner" }))).link);
    const answers = await Promise.all(Array.from({ length: 20 }, () => accept(server, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, json } of answers.filter(({ status }) => status !== 200)) {
      expect([status, json()]).toEqual([410, expect.objectContaining({ code: "link.used" })]);
    }
  });

  test("end after seven days, when a newer one is sent, and with the user; each in words", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const first = await invite(owner);
    const second = await invite(owner);
    expect(second.user.id).toBe(first.user.id);
    expect((await accept(server, tokenOf(first.link))).json()).toMatchObject({
      ...{ status: 410, code: "link.expired" },
      detail: "This invitation has expired, or a newer one took its place: ask whoever invited you for a new one.",
    });
    server.clock.advanceSeconds(WEEK - 1);
    expect((await lookUp(server, tokenOf(second.link))).status).toBe(200);
    server.clock.advanceSeconds(1);
    expect((await accept(server, tokenOf(second.link))).json()).toMatchObject({ status: 410, code: "link.expired" });
    const admin = await logIn(server, { role: "owner" });
    const third = await invite(admin);
    expect((await admin.api("DELETE", `/api/users/${third.user.id}`)).status).toBe(200);
    for (const token of [tokenOf(third.link), "unknown", tokenOf(third.link).toLowerCase()]) {
      expect((await accept(server, token)).json()).toMatchObject({ status: 404, code: "link.invalid" });
    }
  });

  test("of an owner are an owner's alone to send, also the second time", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const admin = await logIn(server, { role: "admin" });
    const secret = await server.createManagementToken({ scopes: ["users:write"] });
    const future = { email: "boss@example.com", role: "owner" };
    const refused = { status: 403, code: "auth.outside_role" };
    expect((await admin.api("POST", "/api/invitations", future)).json()).toMatchObject(refused);
    expect((await server.api("POST", "/api/invitations", secret, future)).json()).toMatchObject(refused);
    await invite(owner, future);
    expect((await admin.api("POST", "/api/invitations", future)).json()).toMatchObject(refused);
    const disguised = await admin.api("POST", "/api/invitations", { ...future, role: "viewer" });
    expect(disguised.json()).toMatchObject({ status: 409, errors: [{ pointer: "/email" }] });
    await invite(admin, { email: "helper@example.com", role: "admin" });
    const support = await logIn(server, { role: "support" });
    expect((await support.api("POST", "/api/invitations", JANE)).status).toBe(403);
  });

  test("are 409 for somebody who can log in, and change nothing", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const { email } = await createTestUser(server, { role: "viewer" });
    const answer = await owner.api("POST", "/api/invitations", { email: email.toUpperCase(), role: "viewer" });
    expect(answer.json()).toMatchObject({ status: 409, code: "resource.conflict", errors: [{ pointer: "/email" }] });
    expect(await server.core.database.db.selectFrom("one_time_links").selectAll().execute()).toEqual([]);
  });

  test("are mailed where there is a mail server, once with an Idempotency-Key, with names that cannot forge anything", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, MAIL_FROM: "Acme <broker@acme.example>" });
    const owner = await logIn(server, { role: "owner" });
    await owner.api("PATCH", "/api/settings", { vendor_name: "<b>Acme & Söhne</b>" });
    const key = { "idempotency-key": "invite-jane" };
    const body = { ...JANE, name: "Jane <script>" };
    const answers = [
      await owner.api("POST", "/api/invitations", body, key),
      await owner.api("POST", "/api/invitations", body, key),
    ];
    const [{ link, mailed }, replayed] = answers.map((answer) => answer.json() as Invited) as [Invited, Invited];
    expect([mailed, replayed.link]).toEqual([true, link]);
    await server.stop();
    expect(sink.mails).toHaveLength(1);
    const [mail] = sink.mails;
    expect(mail).toMatchObject({ from: "broker@acme.example", to: ["jane@example.com"] });
    expect(mail?.subject).toBe("Your invitation to <b>Acme & Söhne</b> (PACKAGE.broker)");
    expect(mail?.text).toContain(`\n    ${link}\n`);
    expect(mail?.html).toContain(`<a href="${link}">${link}</a>`);
    expect(mail?.html).toContain("&lt;b&gt;Acme &amp; Söhne&lt;/b&gt;");
    expect(mail?.html).not.toMatch(/<b>|<img|<script/);
    expect(server.logLines.join("")).not.toContain(tokenOf(link));
  });

  test.each([
    ["is down", "smtp://127.0.0.1:9"],
    ["hangs", "hanging"],
  ])("are answered at once when the mail server %s", async (_case, url) => {
    const { createServer } = await import("node:net");
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const hanging = `smtp://127.0.0.1:${(silent.address() as { port: number }).port}`;
    {
      await using server = await startTestServer(engine, {
        ...{ SMTP_URL: url === "hanging" ? hanging : url, MAIL_FROM: "broker@acme.example" },
      });
      const owner = await logIn(server, { role: "owner" });
      const before = performance.now();
      await invite(owner);
      expect(performance.now() - before).toBeLessThan(2_000);
      await server.stop(100);
      // One of them told the owner of the log-in.
      expect(server.logLines.filter((line) => line.includes("a mail could not be sent"))).toHaveLength(2);
    }
    silent.close();
  });
});
