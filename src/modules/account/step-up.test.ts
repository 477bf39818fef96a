import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, createTestUser, logIn } from "../../testing/users.ts";
import type { TestSession } from "../../testing/users.ts";

const NEW_TOKEN = { name: "stolen", scopes: ["users:write"] };
const REFUSED = { status: 403, code: "auth.step_up_required" };

const makeToken = (session: TestSession) => session.api("POST", "/api/management-tokens", NEW_TOKEN);
const stepUp = (session: TestSession, body: object) => session.api("POST", "/api/session/step-up", body);

async function turnOnTotp(server: TestServer, session: TestSession) {
  const begun = await session.api("POST", "/api/account/totp", { current_password: TEST_PASSWORD });
  const { secret } = begun.json() as { secret: string };
  const code = () => generate({ secret, epoch: Math.floor(server.clock.nowMs() / 1000) });
  const confirmed = await session.api("POST", "/api/account/totp/confirm", { code: await code() });
  expect(confirmed.status, confirmed.text).toBe(200);
  return { code, recoveryCodes: (confirmed.json() as { recovery_codes: string[] }).recovery_codes };
}

describe.each(testEngines)("confirming who sits there on %s", (engine) => {
  // The attack: a session that was stolen became a credential for ever.
  test("is asked of a session before it makes a management token, and a log-in counts for ten minutes", async () => {
    await using server = await startTestServer(engine);
    const session = await logIn(server, { role: "owner" });
    server.clock.advanceSeconds(599);
    expect((await makeToken(session)).status).toBe(201);
    server.clock.advanceSeconds(1);
    expect((await makeToken(session)).json()).toMatchObject(REFUSED);
    const { db } = server.core.database;
    expect(await db.selectFrom("management_tokens").selectAll().execute()).toHaveLength(1);
    const answer = await stepUp(session, { password: TEST_PASSWORD });
    expect(answer.json()).toMatchObject({ message: "Confirmed", proven_until: 1_800_001_200 });
    expect((await session.api("GET", "/api/session")).json()).toMatchObject({ proven_until: 1_800_001_200 });
    server.clock.advanceSeconds(599);
    expect((await makeToken(session)).status).toBe(201);
    server.clock.advanceSeconds(1);
    expect((await makeToken(session)).json()).toMatchObject(REFUSED);
    const events = db.selectFrom("audit_events").selectAll().where("action", "=", "session.proven");
    expect(await events.execute()).toMatchObject([
      { target_id: session.id, details: expect.stringContaining('"method":"password"') as unknown },
    ]);
  });

  // Or a thief would wait beside the user until the user confirms something.
  test("gives the session another secret: a copy of the cookie does not share in the proof", async () => {
    await using server = await startTestServer(engine);
    const session = await logIn(server, { role: "owner" });
    const stolen = { cookie: session.cookie, "x-csrf-token": session.csrf };
    server.clock.advanceSeconds(600);
    expect((await stepUp(session, { password: TEST_PASSWORD })).status).toBe(200);
    const answer = await server.api("POST", "/api/management-tokens", undefined, NEW_TOKEN, stolen);
    expect(answer.status).toBe(401);
    expect((await makeToken(session)).status).toBe(201);
  });

  test("takes a code of the authenticator or a recovery code instead, each once", async () => {
    await using server = await startTestServer(engine);
    const session = await logIn(server, { role: "support" });
    const { code, recoveryCodes } = await turnOnTotp(server, session);
    const [recoveryCode = ""] = recoveryCodes;
    for (const [index, given] of [() => code(), () => Promise.resolve(recoveryCode)].entries()) {
      server.clock.advanceSeconds(600);
      const text = await given();
      expect((await session.api("GET", "/api/usage/export")).json(), String(index)).toMatchObject(REFUSED);
      expect((await stepUp(session, { code: text })).status, String(index)).toBe(200);
      expect((await session.api("GET", "/api/usage/export")).status, String(index)).toBe(200);
      expect((await stepUp(session, { code: text })).json()).toMatchObject({ errors: [{ pointer: "/code" }] });
    }
    expect((await session.api("GET", "/api/account")).json()).toMatchObject({ unused_recovery_codes: 9 });
  });

  test("is refused with the wrong one, throttled by the session, and changes nothing then", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server, { role: "owner" });
    const session = await logIn(server, user);
    server.clock.advanceSeconds(600);
    for (const body of [{}, { password: TEST_PASSWORD, code: "123456" }]) {
      expect((await stepUp(session, body)).json()).toMatchObject({ status: 400, errors: [{ pointer: "/password" }] });
    }
    for (let failure = 1; failure <= 5; failure++) {
      const wrong = failure % 2 === 0 ? { code: "123456" } : { password: "not the password" };
      expect((await stepUp(session, wrong)).json()).toMatchObject({ status: 400, code: "request.invalid" });
    }
    expect((await stepUp(session, { password: TEST_PASSWORD })).json()).toMatchObject({ code: "auth.throttled" });
    expect((await makeToken(session)).json()).toMatchObject(REFUSED);
    // Who guesses in a stolen session keeps nobody from logging in.
    const again = await server.api("POST", "/api/session", undefined, { email: user.email, password: user.password });
    expect(again.status).toBe(200);
  });

  test("counts for the session that confirmed, and for no other of the same user", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server, { role: "owner" });
    const [here, there] = [await logIn(server, user), await logIn(server, user)];
    server.clock.advanceSeconds(600);
    expect((await stepUp(here, { password: TEST_PASSWORD })).status).toBe(200);
    expect((await makeToken(there)).json()).toMatchObject(REFUSED);
  });

  test("is asked of a session that an earlier release began, by the time of its log-in", async () => {
    await using server = await startTestServer(engine);
    const session = await logIn(server, { role: "owner" });
    await server.core.database.db.updateTable("sessions").set({ proven_at: null }).execute();
    expect((await makeToken(session)).status).toBe(201);
    server.clock.advanceSeconds(600);
    expect((await makeToken(session)).json()).toMatchObject(REFUSED);
  });
});

describe.each(testEngines)("how long a session lasts on %s", (engine) => {
  const HOUR = 3600;

  test("is twelve hours without a request, and seven days in any case", async () => {
    await using server = await startTestServer(engine);
    const idle = await logIn(server, { role: "viewer" });
    server.clock.advanceSeconds(12 * HOUR - 1);
    expect((await idle.api("GET", "/api/account")).status).toBe(200);
    server.clock.advanceSeconds(12 * HOUR);
    expect((await idle.api("GET", "/api/account")).status).toBe(401);
    const busy = await logIn(server, { role: "viewer" });
    for (let hours = 0; hours < 7 * 24 - 8; hours += 8) {
      server.clock.advanceSeconds(8 * HOUR);
      expect((await busy.api("GET", "/api/account")).status, String(hours)).toBe(200);
    }
    server.clock.advanceSeconds(8 * HOUR);
    expect((await busy.api("GET", "/api/account")).status).toBe(401);
  });

  test("is by the settings of now, also for a session that was begun under longer ones", async () => {
    await using server = await startTestServer(engine, { SESSION_IDLE_HOURS: "2", SESSION_MAX_DAYS: "1" });
    const session = await logIn(server, { role: "viewer" });
    const answer = (await session.api("GET", "/api/session")).json();
    expect(answer).toMatchObject({ expires_at: 1_800_000_000 + 2 * HOUR });
    // As the release before left it.
    await server.core.database.db
      .updateTable("sessions")
      .set({ created_at: 1_800_000_000 - 23 * HOUR, expires_at: 1_800_000_000 + 30 * 24 * HOUR })
      .execute();
    expect((await session.api("GET", "/api/session")).json()).toMatchObject({ expires_at: 1_800_000_000 + HOUR });
    server.clock.advanceSeconds(HOUR);
    expect((await session.api("GET", "/api/account")).status).toBe(401);
    // And the row goes with the next log-in.
    await logIn(server, { role: "viewer" });
    expect(await server.core.database.db.selectFrom("sessions").selectAll().execute()).toHaveLength(1);
  });
});
