import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, cookieOf, createTestUser, logIn, sessionOf } from "../../testing/users.ts";
import { passwordQueue } from "../users/passwords.ts";

const HTTPS = { PUBLIC_URL: "https://packages.example.com" };
const DAY = 24 * 3600;

function post(server: TestServer, body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
  return server.api("POST", "/api/session", undefined, body, headers);
}

const statuses = (answers: TestAnswer[]) => answers.map(({ status }) => status);

describe.each(testEngines)("POST /api/session on %s", (engine) => {
  test("answers who logged in and what the role allows, and a page is told the same afterwards", async () => {
    await using server = await startTestServer(engine);
    expect((await server.api("GET", "/api/session", undefined)).json()).toEqual({
      user: null,
      setup_required: true,
      without_key: false,
    });
    const user = await createTestUser(server, { role: "viewer", email: "Jane@Example.com", name: "Jane" });
    expect((await server.api("GET", "/api/session", undefined)).json()).toEqual({
      user: null,
      setup_required: true,
      without_key: false,
    });
    await createTestUser(server, { role: "owner" });
    expect((await server.api("GET", "/api/session", undefined)).json()).toEqual({
      user: null,
      setup_required: false,
      without_key: false,
    });
    const answer = await post(server, { email: " JANE@example.COM ", password: TEST_PASSWORD });
    const expected = {
      user: {
        id: user.id,
        email: "jane@example.com",
        name: "Jane",
        role: "viewer",
        totp_enabled: false,
        passkeys: 0,
        scopes: ["tokens", "customers", "grants", "sources", "packages", "audit", "usage", "webhooks"].map(
          (noun) => `${noun}:read`,
        ),
      },
      csrf_token: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      expires_at: 1_800_000_000 + DAY / 2,
      proven_until: 1_800_000_600,
      second_factor_missing: false,
      session_id: expect.stringMatching(/^sess_/) as unknown,
    };
    expect([answer.status, answer.json()]).toEqual([200, expected]);
    const session = sessionOf(server, answer);
    expect((await session.api("GET", "/api/session")).json()).toEqual({ ...expected, without_key: false });
    const { cookie } = session;
    const unasked = await server.api("DELETE", "/api/session", undefined, undefined, { cookie });
    expect(unasked.json()).toMatchObject({ status: 403, code: "auth.csrf" });
    expect((await session.api("GET", "/api/account")).status).toBe(200);
    expect((await session.api("DELETE", "/api/session")).json()).toEqual({ message: "Logged out" });
    expect((await session.api("GET", "/api/account")).status).toBe(401);
    expect((await session.api("DELETE", "/api/session")).status).toBe(200);
  });

  test("refuses an unknown address, a wrong password, an invited and a removed user with the same words", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const { email } = await createTestUser(server, { role: "admin" });
    const removed = await createTestUser(server, { role: "admin" });
    const invited = await createTestUser(server, { role: "admin" });
    expect((await owner.api("DELETE", `/api/users/${removed.id}`)).status).toBe(200);
    const { db } = server.core.database;
    await db.updateTable("users").set({ password_hash: null }).where("id", "=", invited.id).execute();
    const attempts = [
      { email: "nobody@example.com", password: TEST_PASSWORD },
      { email, password: `${TEST_PASSWORD} ` },
      { email: removed.email, password: TEST_PASSWORD },
      { email: invited.email, password: TEST_PASSWORD },
      { email: "", password: "" },
    ];
    for (const attempt of attempts) {
      const answer = await post(server, attempt);
      const detail = "E-mail address or password is wrong.";
      expect(answer.json()).toMatchObject({ status: 401, code: "auth.login_failed", detail });
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
    await server.application.refusals.flush();
    const record = await db
      .selectFrom("audit_events")
      .selectAll()
      .where("action", "=", "credential.refused")
      .executeTakeFirstOrThrow();
    expect(JSON.parse(record.details)).toMatchObject({ after: { surface: "dashboard", count: 5 } });
    const written = JSON.stringify(await db.selectFrom("audit_events").selectAll().execute());
    for (const secret of [email, "nobody@", "Test User", "127.0.0.1", TEST_PASSWORD]) {
      expect(written).not.toContain(secret);
    }
    expect(server.logLines.join("")).not.toContain(TEST_PASSWORD);
  });

  test("sets a cookie no script and no other site gets at; over https bound to this very host", async () => {
    await using http = await startTestServer(engine);
    const plain = await post(http, await createTestUser(http).then(({ email, password }) => ({ email, password })));
    expect(plain.headers.getSetCookie()[0]).toMatch(
      /^package_broker_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    await using https = await startTestServer(engine, HTTPS);
    const { email, password } = await createTestUser(https);
    const secure = await post(https, { email, password });
    expect(secure.headers.getSetCookie()[0]).toMatch(
      /^__Host-package_broker_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure$/,
    );
    const session = sessionOf(https, secure);
    expect((await session.api("GET", "/api/account")).status).toBe(200);
    expect((await session.api("DELETE", "/api/session")).headers.get("set-cookie")).toMatch(
      /^__Host-package_broker_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict; Secure$/,
    );
    // The name without the prefix is one that plain HTTP could have planted.
    const renamed = cookieOf(secure).replace("__Host-", "");
    expect((await https.api("GET", "/api/account", undefined, undefined, { cookie: renamed })).status).toBe(401);
  });

  test("never takes a session secret over that came along, and ends that session", async () => {
    await using server = await startTestServer(engine);
    const { email, password } = await createTestUser(server, { role: "admin" });
    const attacker = await logIn(server, { role: "viewer" });
    const planted = `package_broker_session=${"A".repeat(43)}`;
    for (const cookie of [attacker.cookie, planted]) {
      const answer = await post(server, { email, password }, { cookie });
      expect(answer.status).toBe(200);
      expect(cookieOf(answer)).not.toBe(cookie);
      expect((await server.api("GET", "/api/account", undefined, undefined, { cookie })).status).toBe(401);
    }
    expect((await attacker.api("GET", "/api/account")).status).toBe(401);
    // The database holds nothing that logs in.
    const rows = JSON.stringify(await server.core.database.db.selectFrom("sessions").selectAll().execute());
    const session = await logIn(server, { email, password });
    expect(rows).not.toContain(session.cookie.split("=")[1]);
  });

  test("is refused from a page of another address, and a program without Origin is not", async () => {
    await using server = await startTestServer(engine, HTTPS);
    const { email, password } = await createTestUser(server);
    const host = new URL(server.url).host;
    const foreign = [
      "https://evil.example",
      "null",
      "https://packages.example.com.evil.example",
      "http://packages.example.com",
      "",
    ];
    for (const origin of foreign) {
      const answer = await post(server, { email, password }, { origin });
      expect(answer.json(), origin).toMatchObject({ status: 403, code: "auth.csrf" });
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
    for (const origin of ["https://packages.example.com", `http://${host}`]) {
      expect((await post(server, { email, password }, { origin })).status, origin).toBe(200);
    }
    expect((await post(server, { email, password })).status).toBe(200);
  });

  test("after five failures makes each further one wait twice as long, for an account that does not exist as well", async () => {
    await using server = await startTestServer(engine);
    const { email, password } = await createTestUser(server);
    for (const account of [email, "nobody@example.com"]) {
      const wrong = { email: account, password: "not the password" };
      for (let failure = 1; failure <= 5; failure++) expect((await post(server, wrong)).status).toBe(401);
      for (const wait of [1, 2, 4, 8]) {
        const refused = await post(server, wrong);
        const unit = wait === 1 ? "second" : "seconds";
        const detail = `Too many failed attempts; try again in ${wait} ${unit}.`;
        expect(refused.json()).toMatchObject({ status: 429, code: "auth.throttled", detail });
        expect(refused.headers.get("retry-after")).toBe(String(wait));
        // The right password does not get through either: whether it was right would be told.
        expect((await post(server, { email: account, password })).status).toBe(429);
        server.clock.advanceSeconds(wait);
        expect((await post(server, wrong)).status).toBe(401);
      }
      for (let failure = 0; failure < 12; failure++) {
        server.clock.advanceSeconds(900);
        expect((await post(server, wrong)).status).toBe(401);
      }
      expect((await post(server, wrong)).headers.get("retry-after")).toBe("900");
      server.clock.advanceSeconds(DAY);
    }
    for (let failure = 1; failure <= 4; failure++) await post(server, { email, password: "not the password" });
    expect((await post(server, { email, password })).status).toBe(200);
    for (let failure = 1; failure <= 5; failure++) {
      expect((await post(server, { email, password: "not the password" })).status).toBe(401);
    }
  });

  test("two hundred at once on one account: five are compared", async () => {
    await using server = await startTestServer(engine);
    const { email } = await createTestUser(server);
    const answers = statuses(
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => post(server, { email, password: `wrong password ${index}` })),
      ),
    );
    expect(answers.filter((status) => status === 401)).toHaveLength(5);
    expect(answers.filter((status) => status === 429)).toHaveLength(195);
  });

  // Each attempt is on another account and from another address, so that all two hundred passwords are compared.
  test("two hundred at once on as many accounts: two are compared at a time, and everybody else is served meanwhile", async () => {
    await using server = await startTestServer(engine, { TRUSTED_PROXIES: "127.0.0.1" });
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const token = await sellToken(server, await server.createManagementToken({}));
    let unanswered = 200;
    const storm = Array.from({ length: 200 }, async (_, index) => {
      const body = { email: `nobody-${index}@example.com`, password: TEST_PASSWORD };
      const answer = await post(server, body, { "x-forwarded-for": `203.0.113.${index}` });
      unanswered--;
      return answer;
    });
    const health = await server.api("GET", "/health", undefined);
    const composer = await server.composer("/packages.json", token.token);
    expect([health.status, composer.status]).toEqual([200, 200]);
    expect(unanswered).toBeGreaterThan(0);
    expect(new Set(statuses(await Promise.all(storm)))).toEqual(new Set([401]));
    expect(passwordQueue.peak).toBeLessThanOrEqual(2);
  });
});
