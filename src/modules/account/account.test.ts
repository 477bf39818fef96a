import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, cookieOf, createTestUser, logIn, sessionOf } from "../../testing/users.ts";
import type { TestSession, TestUser } from "../../testing/users.ts";

const NEW_PASSWORD = "staple battery horse correct";
const current = { current_password: TEST_PASSWORD };

function codeAt(server: TestServer, secret: string, steps = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor(server.clock.nowMs() / 1000) + steps * 30 });
}

/** Turns two-factor authentication on, and moves on to the next code. */
async function turnOnTotp(server: TestServer, session: TestSession): Promise<{ secret: string; codes: string[] }> {
  const { secret } = (await session.api("POST", "/api/account/totp", current)).json() as { secret: string };
  const confirmed = await session.api("POST", "/api/account/totp/confirm", { code: await codeAt(server, secret) });
  expect(confirmed.status).toBe(200);
  server.clock.advanceSeconds(30);
  return { secret, codes: (confirmed.json() as { recovery_codes: string[] }).recovery_codes };
}

function enter(server: TestServer, { email, password }: TestUser, code?: string) {
  return server.api("POST", "/api/session", undefined, { email, password, ...(code === undefined ? {} : { code }) });
}

async function auditActions(server: TestServer): Promise<string[]> {
  const rows = await server.core.database.db.selectFrom("audit_events").select("action").orderBy("id").execute();
  return rows.map(({ action }) => action);
}

/** Whatever is kept: rows, audit records with their personal values, the log. */
async function everythingKept(server: TestServer): Promise<string> {
  const { db } = server.core.database;
  const tables = await Promise.all(
    (
      ["users", "user_recovery_codes", "sessions", "audit_events", "audit_personal_values", "login_failures"] as const
    ).map((table) => db.selectFrom(table).selectAll().execute()),
  );
  return JSON.stringify(tables) + server.logLines.join("");
}

describe.each(testEngines)("two-factor authentication on %s", (engine) => {
  test("asks for a code once the password is right, takes each code once, and says no secret again", async () => {
    await using server = await startTestServer(engine, { PUBLIC_URL: "https://packages.example.com" });
    const user = await createTestUser(server, { role: "admin", email: "jane@example.com" });
    const session = await logIn(server, user);
    const begun = (await session.api("POST", "/api/account/totp", current)).json() as { secret: string; uri: string };
    expect(begun.uri).toContain("otpauth://totp/PACKAGE.broker%20packages.example.com:jane%40example.com?secret=");
    // Nothing is asked for before a code has shown that the authenticator works.
    const other = sessionOf(server, await enter(server, user));
    const before = session.cookie;
    const code = await codeAt(server, begun.secret);
    expect((await session.api("POST", "/api/account/totp/confirm", { code: "000000" })).json()).toMatchObject({
      ...{ status: 400, errors: [{ pointer: "/code" }] },
    });
    const confirmed = await session.api("POST", "/api/account/totp/confirm", {
      code: ` ${code.slice(0, 3)} ${code.slice(3)}`,
    });
    const { recovery_codes: codes } = confirmed.json() as { recovery_codes: string[] };
    expect(new Set(codes).size).toBe(10);
    expect((await server.api("GET", "/api/account", undefined, undefined, { cookie: before })).status).toBe(401);
    // It never gave a code.
    expect((await other.api("GET", "/api/account")).status).toBe(401);
    expect((await session.api("GET", "/api/account")).json()).toMatchObject({
      totp_enabled: true,
      unused_recovery_codes: 10,
    });

    expect((await enter(server, user)).json()).toMatchObject({ status: 401, code: "auth.totp_required" });
    const wrong = await server.api("POST", "/api/session", undefined, {
      email: user.email,
      password: "wrong password",
      code,
    });
    expect(wrong.json()).toMatchObject({ code: "auth.login_failed", detail: "E-mail address or password is wrong." });
    // The code that confirmed was used by that; one of the step before is older than it.
    for (const used of [
      code,
      await codeAt(server, begun.secret, -1),
      await codeAt(server, begun.secret, 2),
      "123",
      "abcdef",
    ]) {
      expect((await enter(server, user, used)).json()).toMatchObject({ status: 401, code: "auth.login_failed" });
      server.clock.setSeconds(1_800_000_000);
      await server.core.database.db.deleteFrom("login_failures").execute();
    }
    // The phone's clock may be half a minute ahead.
    const next = await codeAt(server, begun.secret, 1);
    const entered = await enter(server, user, next);
    expect(entered.json()).toMatchObject({ user: { totp_enabled: true } });
    server.clock.advanceSeconds(30);
    expect((await enter(server, user, next)).status).toBe(401);
    const kept = await everythingKept(server);
    for (const secret of [
      begun.secret,
      ...codes,
      ...codes.map((text) => text.replace("-", "")),
      TEST_PASSWORD,
      cookieOf(entered).split("=")[1]!,
    ]) {
      expect(kept).not.toContain(secret);
    }
    expect(await auditActions(server)).toContain("user.totp_enabled");
  });

  test("of twenty who send one code at the same moment one gets in; of twenty with one recovery code, too", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const { secret, codes } = await turnOnTotp(server, await logIn(server, user));
    for (const code of [await codeAt(server, secret), codes[3]!]) {
      // Four at a time: more are throttled before anything is compared.
      const answers = [];
      for (let round = 0; round < 5; round++) {
        answers.push(...(await Promise.all(Array.from({ length: 4 }, () => enter(server, user, code)))));
        await server.core.database.db.deleteFrom("login_failures").execute();
      }
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    }
    const sessions = await server.core.database.db.selectFrom("sessions").selectAll().execute();
    expect(sessions).toHaveLength(3);
  });

  test("recovery codes log in once each, however they are typed; new ones make the old void", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const session = await logIn(server, user);
    const { codes } = await turnOnTotp(server, session);
    const [first = "", second = "", third = ""] = codes;
    expect(first).toMatch(/^[a-z2-9]{5}-[a-z2-9]{5}$/);
    expect((await enter(server, user, first)).status).toBe(200);
    expect((await enter(server, user, first)).status).toBe(401);
    expect((await enter(server, user, ` ${second.toUpperCase().replace("-", " ")} `)).status).toBe(200);
    expect((await session.api("GET", "/api/account")).json()).toMatchObject({ unused_recovery_codes: 8 });
    const renewed = await session.api("POST", "/api/account/recovery-codes", current);
    const { recovery_codes: fresh } = renewed.json() as { recovery_codes: string[] };
    expect((await enter(server, user, third)).status).toBe(401);
    expect((await enter(server, user, fresh[0])).status).toBe(200);
    const another = await createTestUser(server);
    await turnOnTotp(server, await logIn(server, another));
    expect((await enter(server, another, fresh[1])).status).toBe(401);
    const actions = await auditActions(server);
    expect(actions.filter((action) => action === "user.recovery_code_used")).toHaveLength(3);
    expect(actions).toContain("user.recovery_codes_renewed");
  });

  test("wrong codes are throttled, and giving the password again in between does not begin anew", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    await turnOnTotp(server, await logIn(server, user));
    for (let failure = 1; failure <= 5; failure++) {
      expect((await enter(server, user, "000000")).status).toBe(401);
      if (failure < 5) expect((await enter(server, user)).json()).toMatchObject({ code: "auth.totp_required" });
    }
    expect((await enter(server, user, "000000")).status).toBe(429);
    expect((await enter(server, user)).status).toBe(429);
  });

  test("is turned off with the password only, and by an admin for a lost phone, who logs the user out", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server, { role: "support" });
    const session = await logIn(server, user);
    const { secret } = await turnOnTotp(server, session);
    expect((await session.api("POST", "/api/account/totp", current)).status).toBe(409);
    const wrong = await session.api("POST", "/api/account/totp/disable", { current_password: "not the password" });
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: "/current_password" }] });
    const before = session.cookie;
    expect((await session.api("POST", "/api/account/totp/disable", current)).status).toBe(200);
    expect((await server.api("GET", "/api/account", undefined, undefined, { cookie: before })).status).toBe(401);
    expect((await session.api("POST", "/api/account/recovery-codes", current)).status).toBe(409);
    expect((await enter(server, user)).status).toBe(200);
    expect((await enter(server, user, await codeAt(server, secret))).status).toBe(200);
    await turnOnTotp(server, session);
    const admin = await logIn(server, { role: "admin" });
    expect((await admin.api("DELETE", `/api/users/${user.id}/totp`)).status).toBe(200);
    expect((await session.api("GET", "/api/account")).status).toBe(401);
    expect((await enter(server, user)).status).toBe(200);
    const { id } = (await admin.api("GET", "/api/account")).json() as { id: string };
    expect((await admin.api("DELETE", `/api/users/${id}/totp`)).status).toBe(409);
  });
});

describe.each(testEngines)("a user's own account on %s", (engine) => {
  test("another password ends every other session, gives this one another secret, and is the only one that works", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const [here, there] = [await logIn(server, user), await logIn(server, user)];
    const before = here.cookie;
    const change = (body: object) => here.api("POST", "/api/account/password", body);
    expect((await change({ current_password: "not the password", new_password: NEW_PASSWORD })).json()).toMatchObject({
      ...{ status: 400, errors: [{ pointer: "/current_password", detail: "is not your password" }] },
    });
    expect((await change({ ...current, new_password: "short" })).json()).toMatchObject({
      ...{ status: 400, errors: [{ pointer: "/new_password" }] },
    });
    expect((await change({ ...current, new_password: "password1234" })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: "/new_password", detail: expect.stringContaining("everybody tries first") as unknown }],
    });
    expect((await there.api("GET", "/api/account")).status).toBe(200);
    expect((await change({ ...current, new_password: NEW_PASSWORD })).status).toBe(200);
    expect((await there.api("GET", "/api/account")).status).toBe(401);
    expect((await server.api("GET", "/api/account", undefined, undefined, { cookie: before })).status).toBe(401);
    expect((await here.api("PATCH", "/api/account", { name: "Jane" })).json()).toMatchObject({ name: "Jane" });
    expect((await enter(server, user)).status).toBe(401);
    expect((await enter(server, { ...user, password: NEW_PASSWORD })).status).toBe(200);
    expect(await everythingKept(server)).not.toContain(NEW_PASSWORD);
    expect(await auditActions(server)).toEqual(
      expect.arrayContaining([
        "user.created",
        "session.started",
        "session.all_ended",
        "user.password_changed",
        "user.updated",
      ]),
    );
  });

  // A log-in reads the old hash, the password changes, and only then would the session be stored.
  test("a log-in that runs beside a change of the password does not outlive it", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server);
    const session = await logIn(server, user);
    const [changed, ...entered] = await Promise.all([
      session.api("POST", "/api/account/password", { ...current, new_password: NEW_PASSWORD }),
      ...Array.from({ length: 3 }, () => enter(server, user)),
    ]);
    expect(changed.status).toBe(200);
    for (const answer of entered) {
      if (answer.status !== 200) continue;
      expect((await sessionOf(server, answer).api("GET", "/api/account")).status).toBe(401);
    }
  });

  test("passwords are throttled here as at the log-in", async () => {
    await using server = await startTestServer(engine);
    const session = await logIn(server, { role: "viewer" });
    const wrong = { current_password: "not the password" };
    for (let failure = 1; failure <= 5; failure++) {
      expect((await session.api("POST", "/api/account/totp", wrong)).status).toBe(400);
    }
    const paths = ["totp", "totp/disable", "recovery-codes"];
    for (const path of paths) expect((await session.api("POST", `/api/account/${path}`, current)).status).toBe(429);
    const change = { ...current, new_password: NEW_PASSWORD };
    expect((await session.api("POST", "/api/account/password", change)).status).toBe(429);
    expect((await session.api("POST", "/api/account/totp/confirm", { code: "000000" })).status).toBe(429);
  });

  test("sessions are listed with where they come from, and ended one by one or all others at once", async () => {
    await using server = await startTestServer(engine, { TRUSTED_PROXIES: "127.0.0.1" });
    const user = await createTestUser(server);
    const phone = sessionOf(
      server,
      await server.api(
        "POST",
        "/api/session",
        undefined,
        { email: user.email, password: user.password },
        {
          ...{ "user-agent": "Phone \u00e9".repeat(100), "x-forwarded-for": "203.0.113.7" },
        },
      ),
    );
    server.clock.advanceSeconds(59);
    await phone.api("GET", "/api/account");
    const here = await logIn(server, user);
    const stranger = await logIn(server, { role: "owner" });
    const list = async () => (await here.api("GET", "/api/account/sessions")).json() as { id: string }[];
    expect(await list()).toMatchObject([
      { id: here.id, current: true, address: "127.0.0.1" },
      { id: phone.id, current: false, address: "203.0.113.7", last_seen_at: 1_800_000_000 },
    ]);
    server.clock.advanceSeconds(1);
    await phone.api("GET", "/api/account");
    expect(await list()).toContainEqual(expect.objectContaining({ id: phone.id, last_seen_at: 1_800_000_060 }));
    expect((await here.api("DELETE", `/api/account/sessions/${stranger.id}`)).status).toBe(404);
    expect((await here.api("DELETE", `/api/account/sessions/${phone.id}`)).status).toBe(200);
    expect((await phone.api("GET", "/api/account")).status).toBe(401);
    await logIn(server, user);
    expect((await here.api("POST", "/api/account/sessions/end-others")).json()).toMatchObject({ ended: 1 });
    expect(await list()).toMatchObject([{ id: here.id }]);
    expect((await stranger.api("GET", "/api/account")).status).toBe(200);
  });

  test("a session ends after the days without a request, and after the days in any case, that are set", async () => {
    await using server = await startTestServer(engine, { SESSION_IDLE_HOURS: "168", SESSION_MAX_DAYS: "30" });
    const session = await logIn(server, { role: "viewer" });
    const day = 24 * 3600;
    for (let days = 0; days < 29; days++) {
      server.clock.advanceSeconds(day);
      expect((await session.api("GET", "/api/account")).status).toBe(200);
    }
    server.clock.advanceSeconds(day);
    expect((await session.api("GET", "/api/account")).status).toBe(401);
    const idle = await logIn(server, { role: "viewer" });
    server.clock.advanceSeconds(7 * day);
    expect((await idle.api("GET", "/api/account")).status).toBe(401);
    expect((await idle.api("GET", "/api/session")).json()).toMatchObject({ user: null });
    await logIn(server, { role: "viewer" });
    expect(await server.core.database.db.selectFrom("sessions").selectAll().execute()).toHaveLength(1);
  });
});
