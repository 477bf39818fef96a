import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, createTestUser, logIn } from "../../testing/users.ts";
import type { TestSession } from "../../testing/users.ts";

const current = { current_password: TEST_PASSWORD };
const WAITING = { status: 403, code: "auth.second_factor_required" };

const require = (session: TestSession, roles: string[]) =>
  session.api("PUT", "/api/settings/second-factor-roles", { roles });

async function turnOnTotp(server: TestServer, session: TestSession): Promise<void> {
  const { secret } = (await session.api("POST", "/api/account/totp", current)).json() as { secret: string };
  const code = await generate({ secret, epoch: Math.floor(server.clock.nowMs() / 1000) });
  const confirmed = await session.api("POST", "/api/account/totp/confirm", { code });
  expect(confirmed.status, confirmed.text).toBe(200);
  // A code works once.
  server.clock.advanceSeconds(30);
}

async function ownerWithTotp(server: TestServer): Promise<TestSession> {
  const owner = await logIn(server, { role: "owner" });
  await turnOnTotp(server, owner);
  return owner;
}

describe.each(testEngines)("requiring a second factor on %s", (engine) => {
  test("lets a user of the role without one in as far as setting one up, and nobody else is concerned", async () => {
    await using server = await startTestServer(engine);
    const owner = await ownerWithTotp(server);
    const waiting = await logIn(server, { role: "admin" });
    const viewer = await logIn(server, { role: "viewer" });
    expect((await require(owner, ["admin", "owner"])).json()).toMatchObject({
      second_factor_roles: ["owner", "admin"],
    });
    // Sessions that were there already wait as well, from the next request on.
    const admin = await createTestUser(server, { role: "admin" });
    for (const session of [waiting, await logIn(server, admin)]) {
      expect((await session.api("GET", "/api/packages")).json()).toMatchObject(WAITING);
      expect((await session.api("GET", "/api/session")).json()).toMatchObject({ second_factor_missing: true });
      expect((await session.api("GET", "/api/account")).status).toBe(200);
      await turnOnTotp(server, session);
      expect((await session.api("GET", "/api/packages")).status).toBe(200);
      expect((await session.api("GET", "/api/session")).json()).toMatchObject({ second_factor_missing: false });
    }
    for (const session of [owner, viewer]) expect((await session.api("GET", "/api/packages")).status).toBe(200);
    const secret = await server.createManagementToken({ scopes: ["packages:read"] });
    expect((await server.api("GET", "/api/packages", secret)).status).toBe(200);
    const events = server.core.database.db.selectFrom("audit_events").selectAll();
    expect(await events.where("target_id", "=", "second_factor_roles").execute()).toMatchObject([
      {
        action: "setting.changed",
        details: '{"before":{"value":null},"after":{"value":["owner","admin"]}}',
      },
    ]);
  });

  test("is an owner's who has one: no admin, no management token and no owner without one does it", async () => {
    await using server = await startTestServer(engine);
    const bare = await logIn(server, { role: "owner" });
    expect((await require(bare, ["admin"])).json()).toMatchObject({ status: 409, code: "resource.conflict" });
    const admin = await logIn(server, { role: "admin" });
    await turnOnTotp(server, admin);
    expect((await require(admin, ["viewer"])).json()).toMatchObject({ status: 403, code: "auth.outside_role" });
    const secret = await server.createManagementToken({ scopes: ["settings:write"] });
    const byToken = await server.api("PUT", "/api/settings/second-factor-roles", secret, { roles: ["admin"] });
    expect(byToken.json()).toMatchObject({ status: 403, code: "auth.outside_role" });
    const patched = await server.api("PATCH", "/api/settings", secret, { second_factor_roles: ["admin"] });
    expect(patched.json()).toMatchObject({ status: 400 });
    const bounded = await server.createManagementToken({ scopes: ["settings:write"], prefixes: ["acme/"] });
    const kept = await server.api("PUT", "/api/settings/second-factor-roles", bounded, { roles: [] });
    expect(kept.json()).toMatchObject({ status: 403, code: "auth.outside_bound" });
    expect(await server.core.database.db.selectFrom("settings").selectAll().execute()).toEqual([]);
  });

  test("keeps everybody of the role from turning the last one off, until an owner takes it back", async () => {
    await using server = await startTestServer(engine);
    const owner = await ownerWithTotp(server);
    expect((await require(owner, ["owner"])).status).toBe(200);
    const refused = await owner.api("POST", "/api/account/totp/disable", current);
    expect(refused.json()).toMatchObject({ status: 409, code: "resource.conflict" });
    expect((await owner.api("GET", "/api/account")).json()).toMatchObject({ totp_enabled: true });
    // Who needs none may.
    const viewer = await logIn(server, { role: "viewer" });
    await turnOnTotp(server, viewer);
    expect((await viewer.api("POST", "/api/account/totp/disable", current)).status).toBe(200);
    expect((await require(owner, [])).json()).toMatchObject({ second_factor_roles: null });
    expect((await owner.api("POST", "/api/account/totp/disable", current)).status).toBe(200);
  });

  test("leaves a way out for a lost phone: an admin removes the factor, and the user sets up another one", async () => {
    await using server = await startTestServer(engine);
    const owner = await ownerWithTotp(server);
    const user = await createTestUser(server, { role: "admin" });
    await turnOnTotp(server, await logIn(server, user));
    expect((await require(owner, ["owner", "admin"])).status).toBe(200);
    expect((await owner.api("DELETE", `/api/users/${user.id}/totp`)).status).toBe(200);
    const session = await logIn(server, user);
    expect((await session.api("GET", "/api/packages")).json()).toMatchObject(WAITING);
    await turnOnTotp(server, session);
    expect((await session.api("GET", "/api/packages")).status).toBe(200);
  });
});
