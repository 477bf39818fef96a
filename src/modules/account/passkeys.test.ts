import { describe, expect, test } from "vitest";
import { addTestPasskey, createAuthenticator, passkeyOptions } from "../../testing/authenticator.ts";
import type { Deviation, TestAuthenticator } from "../../testing/authenticator.ts";
import { testEngines } from "../../testing/database.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, createTestUser, deviceOf, logIn, sessionOf } from "../../testing/users.ts";

const PLACE = { PUBLIC_URL: "https://packages.example.com" };
const STEP_UP = "/api/session/step-up/passkey-options";
const LOGIN_FAILED = { status: 401, code: "auth.login_failed" };

async function logInOptions(server: TestServer) {
  const answer = await server.api("POST", "/api/session/passkey-options", undefined, {});
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as { challenge: string; rpId: string; allowCredentials?: unknown };
}

const send = (server: TestServer, body: unknown) => server.api("POST", "/api/session/passkey", undefined, body);

async function logInWith(server: TestServer, authenticator: TestAuthenticator, deviation: Deviation = {}) {
  return await send(server, authenticator.sign(await logInOptions(server), deviation));
}

describe.each(testEngines)("a passkey on %s", (engine) => {
  test("logs in by itself once it is added, and the password alone does not any more", async () => {
    await using server = await startTestServer(engine, PLACE);
    const user = await createTestUser(server, { role: "admin" });
    const session = await logIn(server, user);
    const other = await logIn(server, user);
    const { authenticator, answer } = await addTestPasskey(server, session);
    const { recovery_codes: codes } = answer.json() as { recovery_codes: string[] };
    expect(codes).toHaveLength(10);
    // It never gave the second factor.
    expect((await other.api("GET", "/api/account")).status).toBe(401);
    const options = await logInOptions(server);
    expect(options).toMatchObject({ rpId: "packages.example.com" });
    expect(options.allowCredentials).toBeUndefined();
    const entered = await send(server, authenticator.sign(options));
    expect(entered.json()).toMatchObject({ user: { id: user.id, passkeys: 1 } });
    const mine = sessionOf(server, entered);
    expect((await mine.api("GET", "/api/account/passkeys")).json()).toMatchObject([
      { name: "Laptop", synced: false, last_used_at: 1_800_000_000 },
    ]);
    const { email, password } = user;
    const byPassword = (code?: string) => server.api("POST", "/api/session", undefined, { email, password, code });
    expect((await byPassword()).json()).toMatchObject({ status: 401, code: "auth.passkey_required" });
    expect((await byPassword("123456")).json()).toMatchObject(LOGIN_FAILED);
    expect((await byPassword(codes[0])).status).toBe(200);
    expect((await byPassword(codes[0])).status).toBe(401);
    const events = await server.core.database.db.selectFrom("audit_events").selectAll().execute();
    expect(events.map(({ action }) => action)).toContain("user.passkey_added");
    expect(JSON.stringify(events)).not.toContain("Laptop");
  });

  test("is refused for another site, host, challenge, purpose, without the person verified, or with a counter that goes back", async () => {
    await using server = await startTestServer(engine, PLACE);
    const session = await logIn(server, { role: "owner" });
    const { authenticator } = await addTestPasskey(server, session);
    const deviations: Deviation[] = [
      { origin: "https://packages.example.com.evil.example" },
      { origin: "http://packages.example.com" },
      { rpId: "evil.example" },
      { verified: false },
      { counter: 1 },
    ];
    for (const deviation of deviations) {
      const answer = await logInWith(server, authenticator, deviation);
      expect(answer.json(), JSON.stringify(deviation)).toMatchObject(LOGIN_FAILED);
      await server.core.database.db.deleteFrom("login_failures").execute();
    }
    const forStepUp = await passkeyOptions(session, STEP_UP);
    const invented = { challenge: Buffer.from("invented").toString("base64url") };
    for (const options of [forStepUp, invented]) {
      expect((await send(server, authenticator.sign(options))).json()).toMatchObject(LOGIN_FAILED);
    }
    const stranger = createAuthenticator(server.core.config.publicUrl);
    expect((await logInWith(server, stranger)).json()).toMatchObject(LOGIN_FAILED);
    const late = authenticator.sign(await logInOptions(server));
    server.clock.advanceSeconds(300);
    expect((await send(server, late)).json()).toMatchObject(LOGIN_FAILED);
    expect((await logInWith(server, authenticator)).status).toBe(200);
    // A clone that counted less.
    expect((await logInWith(server, authenticator, { counter: 3 })).json()).toMatchObject(LOGIN_FAILED);
  });

  test("signs once: of several who send one signature one gets in, and nobody later", async () => {
    await using server = await startTestServer(engine, PLACE);
    const { authenticator } = await addTestPasskey(server, await logIn(server, { role: "owner" }));
    // An authenticator of several devices counts nothing: then only the challenge tells.
    const body = authenticator.sign(await logInOptions(server), { counter: 0 });
    await server.core.database.db.updateTable("passkeys").set({ counter: 0 }).execute();
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(server, body)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await send(server, body)).json()).toMatchObject(LOGIN_FAILED);
  });

  // A log-in that is not told of would be the one that a stolen passkey makes.
  test("makes a browser known that was not, and tells the user of it once", async () => {
    await using sink = await startSmtpSink();
    await using server = await startTestServer(engine, {
      ...PLACE,
      SMTP_URL: sink.url,
      MAIL_FROM: "broker@example.com",
    });
    const session = await logIn(server, { role: "owner" });
    const { authenticator } = await addTestPasskey(server, session);
    await sink.waitForMails(2);
    const first = await logInWith(server, authenticator);
    expect(deviceOf(first)).not.toBe("");
    const [, , mail] = await sink.waitForMails(3);
    expect(mail?.subject).toBe("A new browser logged in to PACKAGE.broker");
    const signed = authenticator.sign(await logInOptions(server));
    const cookie = { cookie: deviceOf(first) };
    expect((await server.api("POST", "/api/session/passkey", undefined, signed, cookie)).status).toBe(200);
    // The mail of a third one, from nowhere known, is the next that arrives.
    await logInWith(server, authenticator);
    expect(await sink.waitForMails(4)).toHaveLength(4);
  });

  test("confirms who sits there, of that user and for that session only", async () => {
    await using server = await startTestServer(engine, PLACE);
    const session = await logIn(server, { role: "owner" });
    const { authenticator } = await addTestPasskey(server, session);
    const another = await logIn(server, { role: "owner" });
    const foreign = await addTestPasskey(server, another);
    server.clock.advanceSeconds(600);
    const token = { name: "shop", scopes: ["tokens:read"] };
    expect((await session.api("POST", "/api/management-tokens", token)).status).toBe(403);
    const confirm = (passkey: unknown) => session.api("POST", "/api/session/step-up", { passkey });
    const wrong = { status: 400, errors: [{ pointer: "/passkey" }] };
    expect((await confirm(foreign.authenticator.sign(await passkeyOptions(session, STEP_UP)))).json()).toMatchObject(
      wrong,
    );
    expect((await confirm(authenticator.sign(await passkeyOptions(another, STEP_UP)))).json()).toMatchObject(wrong);
    expect((await confirm(authenticator.sign(await logInOptions(server)))).json()).toMatchObject(wrong);
    const signed = authenticator.sign(await passkeyOptions(session, STEP_UP));
    expect((await confirm(signed)).status).toBe(200);
    expect((await session.api("POST", "/api/management-tokens", token)).status).toBe(201);
    expect((await confirm(signed)).json()).toMatchObject(wrong);
  });

  test("is one of several, with names; the last second factor takes the recovery codes with it", async () => {
    await using server = await startTestServer(engine, PLACE);
    const session = await logIn(server, { role: "support" });
    const [first, second] = [await addTestPasskey(server, session), await addTestPasskey(server, session)];
    expect(second.answer.json()).toMatchObject({ recovery_codes: null });
    const again = first.authenticator.register(await passkeyOptions(session));
    const twice = await session.api("POST", "/api/account/passkeys", { name: "Again", response: again });
    expect(twice.json()).toMatchObject({ status: 409, code: "resource.conflict" });
    const renamed = await session.api("PATCH", `/api/account/passkeys/${first.id}`, { name: " Phone " });
    expect(renamed.json()).toMatchObject({ name: "Phone" });
    const stranger = await logIn(server, { role: "support" });
    expect((await stranger.api("DELETE", `/api/account/passkeys/${first.id}`)).status).toBe(404);
    expect((await session.api("DELETE", `/api/account/passkeys/${first.id}`)).status).toBe(200);
    expect((await logInWith(server, first.authenticator)).json()).toMatchObject(LOGIN_FAILED);
    expect((await session.api("GET", "/api/account")).json()).toMatchObject({ passkeys: 1, unused_recovery_codes: 10 });
    server.clock.advanceSeconds(600);
    expect((await session.api("DELETE", `/api/account/passkeys/${second.id}`)).json()).toMatchObject({
      status: 403,
      code: "auth.step_up_required",
    });
    expect((await session.api("POST", "/api/session/step-up", { password: TEST_PASSWORD })).status).toBe(200);
    expect((await session.api("DELETE", `/api/account/passkeys/${second.id}`)).status).toBe(200);
    expect((await session.api("GET", "/api/account")).json()).toMatchObject({ passkeys: 0, unused_recovery_codes: 0 });
  });

  test("is a second factor where one is required, and is not removed then; an admin's reset takes it too", async () => {
    await using server = await startTestServer(engine, PLACE);
    const owner = await logIn(server, { role: "owner" });
    await addTestPasskey(server, owner);
    const user = await createTestUser(server, { role: "admin" });
    expect((await owner.api("PUT", "/api/settings/second-factor-roles", { roles: ["admin"] })).status).toBe(200);
    const admin = await logIn(server, user);
    expect((await admin.api("GET", "/api/users")).json()).toMatchObject({ code: "auth.second_factor_required" });
    const { authenticator, id } = await addTestPasskey(server, admin);
    expect((await admin.api("GET", "/api/users")).status).toBe(200);
    expect((await admin.api("DELETE", `/api/account/passkeys/${id}`)).json()).toMatchObject({ status: 409 });
    expect((await owner.api("DELETE", `/api/users/${user.id}/totp`)).status).toBe(200);
    expect((await logInWith(server, authenticator)).json()).toMatchObject(LOGIN_FAILED);
    await logIn(server, user);
    const { db } = server.core.database;
    expect(await db.selectFrom("passkeys").selectAll().where("user", "=", user.id).execute()).toEqual([]);
  });

  test("goes with its user, and is not offered where PUBLIC_URL has no name", async () => {
    await using server = await startTestServer(engine, PLACE);
    const owner = await logIn(server, { role: "owner" });
    const user = await createTestUser(server, { role: "viewer" });
    const { authenticator } = await addTestPasskey(server, await logIn(server, user));
    expect((await owner.api("DELETE", `/api/users/${user.id}`)).status).toBe(200);
    expect((await logInWith(server, authenticator)).json()).toMatchObject(LOGIN_FAILED);
    await using numbers = await startTestServer(engine);
    expect((await numbers.api("POST", "/api/session/passkey-options", undefined, {})).status).toBe(409);
  });
});
