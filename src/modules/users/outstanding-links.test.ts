import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

const PASSWORD = "what the maker of the link chose";
const ENDED = [404, 410];

const tokenIn = (answer: TestAnswer): string => (answer.json() as { link: string }).link.split("#")[1] ?? "";

const use = (server: TestServer, path: string, token: string): Promise<TestAnswer> =>
  server.api("POST", path, undefined, { token, password: PASSWORD });

// Whoever makes a link knows it. What it opens must not grow, or outlive its maker, while it lies about.
describe.each(testEngines)("one-time links on %s", (engine) => {
  test("an invitation that an admin made does not open the account once it is an owner's", async () => {
    await using server = await startTestServer(engine);
    const [owner, admin] = [await logIn(server, { role: "owner" }), await logIn(server, { role: "admin" })];
    const invitation = await admin.api("POST", "/api/invitations", { email: "cto@example.com", role: "support" });
    const { user } = invitation.json() as { user: { id: string } };
    expect((await owner.api("PATCH", `/api/users/${user.id}`, { role: "owner" })).status).toBe(200);
    const accepted = await use(server, "/api/invitations/accept", tokenIn(invitation));
    expect(ENDED).toContain(accepted.status);
  });

  test("a reset link that an admin made for an admin does not open the account once it is an owner's", async () => {
    await using server = await startTestServer(engine);
    const [owner, admin] = [await logIn(server, { role: "owner" }), await logIn(server, { role: "admin" })];
    const deputy = await createTestUser(server, { role: "admin" });
    const reset = await admin.api("POST", `/api/users/${deputy.id}/password-reset`);
    expect((await owner.api("PATCH", `/api/users/${deputy.id}`, { role: "owner" })).status).toBe(200);
    const completed = await use(server, "/api/password-resets/complete", tokenIn(reset));
    expect(ENDED).toContain(completed.status);
  });

  test.each(["removed", "demoted"])("links that an admin made end when the admin is %s", async (how) => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const maker = await createTestUser(server, { role: "admin" });
    const admin = await logIn(server, maker);
    const victim = await createTestUser(server, { role: "admin" });
    const reset = await admin.api("POST", `/api/users/${victim.id}/password-reset`);
    const invitation = await admin.api("POST", "/api/invitations", { email: "puppet@example.com", role: "admin" });
    const ended =
      how === "removed"
        ? await owner.api("DELETE", `/api/users/${maker.id}`)
        : await owner.api("PATCH", `/api/users/${maker.id}`, { role: "viewer" });
    expect(ended.status).toBe(200);
    expect(ENDED).toContain((await use(server, "/api/password-resets/complete", tokenIn(reset))).status);
    expect(ENDED).toContain((await use(server, "/api/invitations/accept", tokenIn(invitation))).status);
  });

  test("go on working when somebody else is given another role, or their maker another name or more power", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const maker = await createTestUser(server, { role: "admin" });
    const admin = await logIn(server, maker);
    const [user, other] = [await createTestUser(server, { role: "viewer" }), await createTestUser(server)];
    const reset = await admin.api("POST", `/api/users/${user.id}/password-reset`);
    await owner.api("PATCH", `/api/users/${user.id}`, { name: "Another Name", role: "viewer" });
    await owner.api("PATCH", `/api/users/${other.id}`, { role: "viewer" });
    await owner.api("PATCH", `/api/users/${maker.id}`, { name: "Another Name", role: "owner" });
    expect((await use(server, "/api/password-resets/complete", tokenIn(reset))).status).toBe(200);
  });

  test("are not made by an admin who is removed or demoted while asking for them", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    for (let round = 0; round < 4; round++) {
      const maker = await createTestUser(server, { role: "admin" });
      const admin = await logIn(server, maker);
      const victim = await createTestUser(server, { role: "admin" });
      const resets = Array.from({ length: 6 }, () => admin.api("POST", `/api/users/${victim.id}/password-reset`));
      const ending =
        round % 2 === 0
          ? owner.api("DELETE", `/api/users/${maker.id}`)
          : owner.api("PATCH", `/api/users/${maker.id}`, { role: "viewer" });
      const answers = await Promise.all(resets);
      expect((await ending).status).toBe(200);
      for (const answer of answers.filter(({ status }) => status === 201)) {
        const used = await use(server, "/api/password-resets/complete", tokenIn(answer));
        expect(ENDED).toContain(used.status);
      }
    }
  });

  test("of a removed user end, and the answer counts the management tokens that still let people in", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const maker = await createTestUser(server, { role: "admin" });
    const admin = await logIn(server, maker);
    for (const scopes of [
      ["users:write"],
      ["management_tokens:write", "tokens:read"],
      ["users:write"],
      ["users:read"],
    ]) {
      const made = await admin.api("POST", "/api/management-tokens", {
        name: "Shop",
        shop: "default",
        scopes,
      });
      expect(made.status, made.text).toBe(201);
    }
    const { db } = server.core.database;
    const [first] = await db
      .selectFrom("management_tokens")
      .select("id")
      .where("scopes", "=", '["users:write"]')
      .execute();
    await db
      .updateTable("management_tokens")
      .set({ revoked_at: 1 })
      .where("id", "=", first?.id ?? "")
      .execute();
    const removed = await owner.api("DELETE", `/api/users/${maker.id}`);
    expect(removed.json()).toEqual({ message: "User removed", management_tokens_left: 2 });
    const record = await db
      .selectFrom("audit_events")
      .select("details")
      .where("action", "=", "user.removed")
      .executeTakeFirstOrThrow();
    expect(JSON.parse(record.details)).toMatchObject({ after: { management_tokens_left: 2 } });
  });
});
