import { describe, expect, test } from "vitest";
import { createSetupLink } from "./index.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn, sessionOf } from "../../testing/users.ts";

const PASSWORD = "correct horse battery staple";
const OWNER = { email: "Jane@Example.com", name: "Jane Doe", password: PASSWORD };
const DAY = 24 * 3600;

async function setupToken(server: TestServer): Promise<string> {
  const created = await createSetupLink({ ...server.core, publicUrl: server.core.config.publicUrl });
  const [page, token = ""] = created?.link.split("#") ?? [];
  expect(page).toBe(`${server.core.config.publicUrl}/setup`);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  return token;
}

const post = (server: TestServer, body: unknown, headers: Record<string, string> = {}) =>
  server.api("POST", "/api/setup", undefined, body, headers);

const isRequired = async (server: TestServer) => (await server.api("GET", "/api/setup", undefined)).json();

const codesOf = (answers: TestAnswer[]) => answers.map((answer) => (answer.json() as { code?: string }).code);

async function countUsers(server: TestServer): Promise<number> {
  return (await server.core.database.db.selectFrom("users").select("id").execute()).length;
}

describe.each(testEngines)("the set-up on %s", (engine) => {
  test("makes the owner with the link and logs in, as POST /api/session would", async () => {
    await using server = await startTestServer(engine);
    expect(await isRequired(server)).toEqual({ required: true });
    const token = await setupToken(server);
    const answer = await post(server, { token, ...OWNER });
    expect(answer.status).toBe(201);
    const session = sessionOf(server, answer);
    expect((await session.api("GET", "/api/session")).json()).toMatchObject(answer.json() as object);
    expect(answer.json()).toMatchObject({ user: { email: "jane@example.com", name: "Jane Doe", role: "owner" } });
    expect(await isRequired(server)).toEqual({ required: false });
    await logIn(server, { email: OWNER.email, password: PASSWORD });
    const actions = await server.core.database.db.selectFrom("audit_events").select(["action", "actor_kind"]).execute();
    expect(actions).toContainEqual({ action: "setup.completed", actor_kind: "system" });
    expect(actions).toContainEqual({ action: "user.created", actor_kind: "system" });
    const details = await server.core.database.db.selectFrom("audit_events").select("details").execute();
    expect(JSON.stringify(details)).not.toMatch(/jane/i);
    for (const secret of [token, PASSWORD, session.cookie.split("=")[1] ?? "-"]) {
      expect(server.logLines.join("")).not.toContain(secret);
    }
  });

  test("is over as soon as there is an owner, whatever link is shown", async () => {
    await using server = await startTestServer(engine);
    const [token, other] = [await setupToken(server), await setupToken(server)];
    expect((await post(server, { token, ...OWNER })).status).toBe(201);
    for (const late of [token, other, "unknown"]) {
      const answer = await post(server, { token: late, ...OWNER, email: "eve@example.com" });
      expect(answer.json()).toMatchObject({
        ...{ status: 409, code: "resource.conflict" },
        detail: "This server is set up already; log in, or ask an owner to invite you.",
      });
    }
    expect(await createSetupLink({ ...server.core, publicUrl: "http://x" })).toBeUndefined();
    expect(await countUsers(server)).toBe(1);
  });

  test("of twenty at the same moment, with one link or with two, makes one owner", async () => {
    await using server = await startTestServer(engine);
    const tokens = [await setupToken(server), await setupToken(server)];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        post(server, { token: tokens[index % 2], ...OWNER, email: `owner-${index}@example.com` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(codesOf(answers))).toEqual(new Set([undefined, "resource.conflict"]));
    expect(await countUsers(server)).toBe(1);
    expect(await server.core.database.db.selectFrom("sessions").select("id").execute()).toHaveLength(1);
  });

  test("wants a link that was made within 24 hours, and says what is wrong with another", async () => {
    await using server = await startTestServer(engine);
    const token = await setupToken(server);
    server.clock.advanceSeconds(DAY);
    expect((await post(server, { token, ...OWNER })).json()).toMatchObject({
      ...{ status: 410, code: "link.expired" },
      detail: expect.stringContaining("restart the server, which prints a new one") as unknown,
    });
    expect((await post(server, { token: `${token}x`, ...OWNER })).json()).toMatchObject({
      status: 404,
      code: "link.invalid",
    });
    const fresh = await setupToken(server);
    server.clock.advanceSeconds(DAY - 1);
    expect((await post(server, { token: fresh, ...OWNER })).status).toBe(201);
  });

  test("refuses what is no account, and the link works still", async () => {
    await using server = await startTestServer(engine);
    const token = await setupToken(server);
    await createTestUser(server, { role: "admin", email: "taken@example.com" });
    for (const [change, pointer] of [
      [{ password: "short" }, "/password"],
      [{ password: "packagebroker1" }, "/password"],
      [{ email: "nobody" }, "/email"],
      [{ name: "  " }, "/name"],
    ] as const) {
      const answer = await post(server, { token, ...OWNER, ...change });
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    expect((await post(server, { token, ...OWNER, email: "taken@example.com" })).status).toBe(409);
    expect((await post(server, { token, ...OWNER }, { origin: "https://evil.example" })).json()).toMatchObject({
      ...{ status: 403, code: "auth.csrf" },
    });
    expect((await post(server, { token, ...OWNER })).status).toBe(201);
  });
});
