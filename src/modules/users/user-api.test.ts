import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

const list = (answer: { json: () => unknown }) => answer.json() as { id: string }[];

describe.each(testEngines)("users of the dashboard on %s", (engine) => {
  test("are listed in pages, read, renamed and given another role, which counts with their next request", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const user = await createTestUser(server, { role: "viewer", email: "jane@example.com", name: "Jane" });
    const jane = await logIn(server, user);
    expect((await owner.api("GET", `/api/users/${user.id}`)).json()).toEqual({
      ...{ id: user.id, email: "jane@example.com", name: "Jane", role: "viewer", status: "active" },
      totp_enabled: false,
      passkeys: 0,
      last_login_at: 1_800_000_000,
      created_at: 1_800_000_000,
    });
    const first = await owner.api("GET", "/api/users?limit=1");
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await owner.api("GET", new URL(next).pathname + new URL(next).search);
    expect(new Set([...list(first), ...list(second)].map(({ id }) => id)).size).toBe(2);
    expect(second.headers.get("link")).toBeNull();
    expect((await jane.api("GET", "/api/users")).json()).toMatchObject({
      ...{ status: 403, detail: "The role viewer lacks users:read; ask an owner or admin." },
    });
    const changed = await owner.api("PATCH", `/api/users/${user.id}`, { role: "admin", name: " Jane Doe " });
    expect(changed.json()).toMatchObject({ role: "admin", name: "Jane Doe" });
    expect((await jane.api("GET", "/api/users")).status).toBe(200);
    expect((await owner.api("PATCH", `/api/users/${user.id}`, { name: "\t" })).status).toBe(400);
    expect((await owner.api("PATCH", `/api/users/${user.id}`, { role: "root" })).json()).toMatchObject({
      ...{ status: 400, errors: [{ pointer: "/role", detail: "must be one of owner, admin, support, viewer" }] },
    });
  });

  test("a removed one is out with the next request, frees the address, and leaves nothing personal in the row", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const user = await createTestUser(server, { role: "admin", email: "jane@example.com", name: "Jane" });
    const jane = await logIn(server, user);
    expect((await jane.api("GET", "/api/account")).status).toBe(200);
    expect((await owner.api("DELETE", `/api/users/${user.id}`)).json()).toMatchObject({ message: "User removed" });
    expect((await jane.api("GET", "/api/account")).status).toBe(401);
    expect((await jane.api("GET", "/api/session")).json()).toEqual({
      user: null,
      setup_required: false,
      without_key: false,
    });
    expect((await owner.api("GET", `/api/users/${user.id}`)).status).toBe(404);
    expect((await owner.api("DELETE", `/api/users/${user.id}`)).status).toBe(404);
    const { db } = server.core.database;
    const row = await db.selectFrom("users").selectAll().where("id", "=", user.id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ email: null, name: "Removed user", password_hash: null, sealed_totp_secret: null });
    expect(await db.selectFrom("sessions").selectAll().where("user", "=", user.id).execute()).toEqual([]);
    expect((await createTestUser(server, { email: "jane@example.com" })).id).not.toBe(user.id);
  });

  test("only an owner makes, changes, logs out or removes an owner, whichever way it is asked for", async () => {
    await using server = await startTestServer(engine);
    const owner = await createTestUser(server, { role: "owner" });
    const owning = await logIn(server, owner);
    const viewer = await createTestUser(server, { role: "viewer" });
    const admin = await logIn(server, { role: "admin" });
    const secret = await server.createManagementToken({ scopes: [...SCOPES] });
    const asToken = (method: string, path: string, body?: unknown) => server.api(method, path, secret, body);
    const before = await server.core.database.db.selectFrom("users").selectAll().orderBy("id").execute();
    for (const api of [admin.api, asToken]) {
      const refused = [
        await api("PATCH", `/api/users/${viewer.id}`, { role: "owner" }),
        await api("PATCH", `/api/users/${owner.id}`, { name: "Changed" }),
        await api("PATCH", `/api/users/${owner.id}`, { role: "viewer" }),
        await api("DELETE", `/api/users/${owner.id}`),
        await api("DELETE", `/api/users/${owner.id}/sessions`),
        await api("DELETE", `/api/users/${owner.id}/totp`),
      ];
      for (const answer of refused) expect(answer.json()).toMatchObject({ status: 403, code: "auth.outside_role" });
    }
    expect(await server.core.database.db.selectFrom("users").selectAll().orderBy("id").execute()).toEqual(before);
    expect((await owning.api("GET", "/api/account")).status).toBe(200);
    for (const api of [admin.api, asToken]) {
      expect((await api("PATCH", `/api/users/${viewer.id}`, { role: "support" })).status).toBe(200);
      expect((await api("GET", `/api/users/${owner.id}/sessions`)).status).toBe(200);
    }
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    expect((await server.api("GET", "/api/users", bounded)).json()).toEqual([]);
    expect((await server.api("GET", `/api/users/${viewer.id}`, bounded)).status).toBe(404);
  });

  test("nobody removes themselves, and the last owner who can log in stays one", async () => {
    await using server = await startTestServer(engine);
    const owner = await createTestUser(server, { role: "owner" });
    const session = await logIn(server, owner);
    const invited = await createTestUser(server, { role: "owner" });
    const { db } = server.core.database;
    await db.updateTable("users").set({ password_hash: null }).where("id", "=", invited.id).execute();
    const conflict = { status: 409, code: "resource.conflict" };
    expect((await session.api("DELETE", `/api/users/${owner.id}`)).json()).toMatchObject(conflict);
    expect((await session.api("PATCH", `/api/users/${owner.id}`, { role: "admin" })).json()).toMatchObject(conflict);
    expect((await session.api("DELETE", `/api/users/${invited.id}`)).status).toBe(200);
    const second = await createTestUser(server, { role: "owner" });
    expect((await session.api("PATCH", `/api/users/${owner.id}`, { role: "admin" })).status).toBe(200);
    const other = await logIn(server, second);
    expect((await other.api("PATCH", `/api/users/${second.id}`, { role: "viewer" })).json()).toMatchObject(conflict);
  });

  test("of two owners who remove or demote each other at the same moment one stays", async () => {
    await using server = await startTestServer(engine);
    for (let round = 0; round < 8; round++) {
      const [a, b] = [await createTestUser(server), await createTestUser(server)];
      const [asA, asB] = [await logIn(server, a), await logIn(server, b)];
      await Promise.all([
        round % 2 === 0
          ? asA.api("DELETE", `/api/users/${b.id}`)
          : asA.api("PATCH", `/api/users/${b.id}`, { role: "viewer" }),
        asB.api("DELETE", `/api/users/${a.id}`),
        asB.api("PATCH", `/api/users/${b.id}`, { role: "viewer" }),
      ]);
      const { db } = server.core.database;
      const left = await db
        .selectFrom("users")
        .select("id")
        .where("role", "=", "owner")
        .where("removed_at", "is", null)
        .execute();
      expect(left.length).toBeGreaterThanOrEqual(1);
      await db.updateTable("users").set({ role: "viewer" }).execute();
    }
  });

  test("are logged out everywhere by an admin, who sees where they were logged in", async () => {
    await using server = await startTestServer(engine);
    const user = await createTestUser(server, { role: "support" });
    const [first, second] = [await logIn(server, user), await logIn(server, user)];
    const admin = await logIn(server, { role: "admin" });
    const sessions = list(await admin.api("GET", `/api/users/${user.id}/sessions`)).map(({ id }) => id);
    expect(sessions.sort()).toEqual([first.id, second.id].sort());
    expect((await admin.api("DELETE", `/api/users/${user.id}/sessions`)).json()).toMatchObject({ ended: 2 });
    for (const session of [first, second]) expect((await session.api("GET", "/api/account")).status).toBe(401);
    expect((await admin.api("GET", "/api/account")).status).toBe(200);
  });

  test("the audit log names users by id; their names and addresses are in its erasable part", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, { role: "owner" });
    const user = await createTestUser(server, { role: "viewer", email: "jane@example.com", name: "Jane" });
    await owner.api("PATCH", `/api/users/${user.id}`, { name: "Jane Doe", role: "support" });
    await owner.api("DELETE", `/api/users/${user.id}`);
    const { db } = server.core.database;
    const records = await db
      .selectFrom("audit_events")
      .selectAll()
      .where("target_id", "=", user.id)
      .orderBy("id")
      .execute();
    expect(records.map(({ action }) => action)).toEqual(["user.created", "user.updated", "user.removed"]);
    expect(records[1]).toMatchObject({ actor_kind: "user", request_id: expect.stringMatching(/^req_/) as unknown });
    expect(JSON.stringify(records)).not.toMatch(/jane/i);
    expect(JSON.stringify(await db.selectFrom("audit_personal_values").selectAll().execute())).toContain("Jane Doe");
  });
});
