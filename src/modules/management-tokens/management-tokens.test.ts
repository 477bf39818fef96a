import { describe, expect, test } from "vitest";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";
import { commandLine } from "../callers/index.ts";
import { createManagementToken, listManagementTokens, revokeManagementToken } from "./index.ts";

const NOW = 1_800_000_000;

describe.each(testEngines)("a caller of the Management API on %s", (engine) => {
  test("is told which of the many things is wrong with its credential, before anything else is looked at", async () => {
    await using server = await startTestServer(engine);
    const { core } = server;
    const create = (name: string, more = {}) =>
      createManagementToken(core, commandLine, { name, scopes: ["tokens:read"], ...more });
    const [revoked, expired, live] = [await create("a"), await create("b", { expiresAt: NOW + 10 }), await create("c")];
    const composer = await sellToken(server, await server.createManagementToken());
    await revokeManagementToken(core, commandLine, revoked.id);
    expect((await server.api("GET", "/api/tokens", expired.secret)).status).toBe(200);
    server.clock.advanceSeconds(10);
    const altered = live.secret.slice(0, -1) + (live.secret.endsWith("a") ? "b" : "a");
    const cases: [authorization: string | undefined, code: string, detail: RegExp][] = [
      [undefined, "auth.missing", /Authorization: Bearer pbm_/],
      ["", "auth.missing", /Authorization: Bearer pbm_/],
      ["Bearer", "auth.missing", /must read: Bearer pbm_/],
      [live.secret, "auth.missing", /must read: Bearer pbm_/],
      [`Basic ${Buffer.from(`token:${live.secret}`).toString("base64")}`, "auth.missing", /must read: Bearer/],
      [`Bearer ${live.secret} x`, "auth.missing", /must read: Bearer/],
      ["Bearer hunter2", "auth.invalid", /not a management token/],
      [`Bearer ${altered}`, "auth.invalid", /copied whole/],
      [`Bearer ${live.secret}x`, "auth.invalid", /copied whole/],
      [`Bearer ${newSecret("pbm")}`, "auth.invalid", /is unknown here/],
      [`Bearer ${composer.token}`, "auth.wrong_kind", /Composer token \(pbt_…\)/],
      [`Bearer ${newSecret("pbt")}`, "auth.wrong_kind", /Composer token \(pbt_…\)/],
      [`Bearer ${revoked.secret}`, "auth.revoked", /was revoked/],
      [`Bearer ${expired.secret}`, "auth.expired", /expired on 2027-01-15T08:00:10\.000Z; create a new one/],
    ];
    const requests: [method: string, path: string, body?: string][] = [
      ["GET", "/api/tokens?nonsense=1"],
      ["POST", "/api/tokens", "{ not json"],
      ["DELETE", "/api/tokens/%00"],
    ];
    for (const [authorization, code, detail] of cases) {
      for (const [method, path, body] of requests) {
        const answer = await server.api(
          method,
          path,
          undefined,
          body,
          authorization === undefined ? {} : { authorization },
        );
        const label = `${method} ${authorization ?? "none"}`;
        expect(answer.status, label).toBe(401);
        expect(answer.headers.get("www-authenticate"), label).toBe("Bearer");
        expect(answer.headers.get("content-type"), label).toBe("application/problem+json");
        expect(answer.headers.get("cache-control"), label).toBe("no-store");
        expect(answer.json(), label).toMatchObject({ code, detail: expect.stringMatching(detail) as unknown });
        for (const secret of [live.secret, revoked.secret, composer.token]) expect(answer.text).not.toContain(secret);
      }
    }
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR "]) {
      expect(
        (await server.api("GET", "/api/tokens", undefined, undefined, { authorization: `${scheme} ${live.secret}` }))
          .status,
      ).toBe(200);
    }
    const log = server.logLines.join("\n");
    for (const secret of [live.secret, revoked.secret, expired.secret, composer.token])
      expect(log).not.toContain(secret);
  });

  test("without the scope is told its name, before its request is read", async () => {
    await using server = await startTestServer(engine);
    const reader = await server.createManagementToken({ scopes: ["tokens:read"] });
    const writer = await server.createManagementToken({ scopes: ["tokens:write"] });
    const { id } = await sellToken(server, writer);
    const cases: [secret: string, method: string, path: string, scope: string][] = [
      [reader, "POST", "/api/tokens", "tokens:write"],
      [reader, "PATCH", `/api/tokens/${id}`, "tokens:write"],
      [reader, "DELETE", `/api/tokens/${id}`, "tokens:write"],
      [writer, "GET", "/api/tokens", "tokens:read"],
      [writer, "GET", `/api/tokens/${id}`, "tokens:read"],
    ];
    for (const [secret, method, path, scope] of cases) {
      const answer = await server.api(method, path, secret, method === "GET" ? undefined : "{ not json");
      expect(answer.json(), method).toMatchObject({
        ...{ status: 403, code: "auth.missing_scope", detail: `This management token lacks the scope ${scope}.` },
      });
    }
    expect((await server.api("GET", `/api/tokens/${id}`, reader)).json()).toMatchObject({ status: "active" });
  });

  test("is named in one warning for each refused call, with every reason and never the body", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const [{ id } = { id: "none" }] = await listManagementTokens(server.core);
    server.logLines.length = 0;
    const body = { description: "private words", rate_limit_max: 0, expires_at: "soon" };
    const answer = await server.api("POST", "/api/tokens", shop, body);
    const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { request_id } = answer.json() as { request_id: string };
    expect(answer.headers.get("x-request-id")).toBe(request_id);
    const refused = { method: "POST", route: "/api/tokens", status: 400, management_token: id, request_id };
    expect(lines).toMatchObject([
      {
        ...{ level: "warn", msg: "request refused", code: "request.invalid", ...refused },
        errors: [{ pointer: "/expires_at" }, { pointer: "/rate_limit_max" }],
      },
      { level: "info", msg: "request answered", ...refused, duration_ms: expect.any(Number) as unknown },
    ]);
    expect(server.logLines.join("")).not.toContain("private words");
  });

  test("sees when its token was last used, written at most once a minute", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const lastUsed = async () => (await listManagementTokens(server.core))[0]?.last_used_at;
    expect(await lastUsed()).toBeNull();
    await server.api("GET", "/api/tokens", shop);
    server.clock.advanceSeconds(59);
    await server.api("GET", "/api/tokens", shop);
    expect(await lastUsed()).toBe(NOW);
    server.clock.advanceSeconds(1);
    await server.api("GET", "/api/tokens", shop);
    expect(await lastUsed()).toBe(NOW + 60);
  });
});

describe.each(testEngines)("management tokens on %s", (engine) => {
  test("are listed with everything but the secret, of which only the hash is stored", async () => {
    await using server = await startTestServer(engine);
    const { core } = server;
    const made = await createManagementToken(core, commandLine, {
      ...{ name: " The shop ", scopes: ["tokens:write", "tokens:read", "tokens:write"], shop: "my-shop" },
      ...{ prefixes: ["Acme/*", "acme/", "globex/core"], expiresAt: NOW + 5 },
    });
    expect(made).toMatchObject({
      isUnbounded: false,
      secret: expect.stringMatching(/^pbm_[0-9A-Za-z]{36}$/) as unknown,
    });
    const open = await createManagementToken(core, commandLine, { name: "x", scopes: ["usage:read"], prefixes: [] });
    expect(open.isUnbounded).toBe(true);
    const listed = await listManagementTokens(core);
    expect(listed.find(({ id }) => id === made.id)).toEqual({
      ...{ id: made.id, name: "The shop", last_four: made.secret.slice(-4), scopes: ["tokens:write", "tokens:read"] },
      ...{ shop: "my-shop", package_bound: ["acme/", "globex/core"], expires_at: NOW + 5, created_at: NOW },
      ...{ unique_by: null, credential: null, notify: false, grace_days: null, revoked_at: null },
      stability: null,
      last_used_at: null,
      last_used_address: null,
      allowed_networks: null,
      status: "active",
    });
    for (const table of ["management_tokens", "audit_events"] as const) {
      const rows = await core.database.db.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(made.secret);
    }
    server.clock.advanceSeconds(5);
    expect((await listManagementTokens(core)).find(({ id }) => id === made.id)?.status).toBe("expired");
  });

  test("with a wrong name, scope, shop, bound or date are refused, and nothing is stored", async () => {
    await using server = await startTestServer(engine);
    const cases: [change: object, pointer: string][] = [
      [{ name: "  " }, "/name"],
      [{ name: "x".repeat(201) }, "/name"],
      [{ name: "a\0b" }, "/name"],
      [{ scopes: [] }, "/scopes"],
      [{ scopes: ["tokens:write", "tokens:admin"] }, "/scopes"],
      [{ shop: "My Shop" }, "/shop"],
      [{ shop: "" }, "/shop"],
      [{ shop: "x".repeat(65) }, "/shop"],
      [{ prefixes: ["acme/", "acme"] }, "/package_bound/1"],
      [{ prefixes: ["*"] }, "/package_bound/0"],
      [{ expiresAt: NOW }, "/expires_at"],
      [{ expiresAt: NaN }, "/expires_at"],
      [{ expiresAt: NOW * 1000 }, "/expires_at"],
    ];
    for (const [change, pointer] of cases) {
      const input = { name: "x", scopes: ["tokens:read"], ...change };
      await expect(
        createManagementToken(server.core, commandLine, input),
        JSON.stringify(change),
      ).rejects.toMatchObject({
        ...{ code: "request.invalid", errors: [{ pointer }] },
      });
    }
    for (const table of ["management_tokens", "shops", "audit_events"] as const) {
      expect(await server.core.database.db.selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
  });

  test("are revoked for the very next call, once, with one record; an unknown one is told", async () => {
    await using server = await startTestServer(engine);
    const { core } = server;
    const { id, secret } = await createManagementToken(core, commandLine, { name: "x", scopes: ["tokens:read"] });
    expect((await server.api("GET", "/api/tokens", secret)).status).toBe(200);
    await Promise.all([1, 2, 3].map(() => revokeManagementToken(core, commandLine, id)));
    expect((await server.api("GET", "/api/tokens", secret)).json()).toMatchObject({ code: "auth.revoked" });
    const events = await core.database.db
      .selectFrom("audit_events")
      .select(["actor_kind", "target_id"])
      .where("action", "=", "management_token.revoked")
      .execute();
    expect(events).toEqual([{ actor_kind: "cli", target_id: id }]);
    await expect(revokeManagementToken(core, commandLine, "mgmt_none")).rejects.toMatchObject({
      code: "resource.not_found",
    });
  });
});
