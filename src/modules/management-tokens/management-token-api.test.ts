import { describe, expect, test } from "vitest";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const PATH = "/api/management-tokens";
const MANAGER = ["management_tokens:read", "management_tokens:write", "tokens:read", "tokens:write"];

interface Made {
  id: string;
  token: string;
}

async function make(server: TestServer, by: string, body: Record<string, unknown> = {}): Promise<Made> {
  const answer = await server.api("POST", PATH, by, { name: "made", scopes: ["tokens:read"], ...body });
  expect(answer.status, answer.text).toBe(201);
  return answer.json() as Made;
}

const list = async (server: TestServer, by: string, query = "") =>
  (await server.api("GET", PATH + query, by)).json() as { id: string; name: string }[];

describe.each(testEngines)("/api/management-tokens on %s", (engine) => {
  test("makes one that works at once, shows its secret this once, and audits it with its maker", async () => {
    await using server = await startTestServer(engine);
    const manager = await server.createManagementToken({ scopes: MANAGER });
    const answer = await server.api("POST", PATH, manager, {
      ...{ name: "web shop", scopes: ["tokens:write", "tokens:read"], package_bound: ["Acme/*"] },
      expires_at: NOW + 60,
    });
    const made = answer.json() as Made;
    expect(made).toEqual({
      ...{ id: made.id, token: made.token, name: "web shop", last_four: made.token.slice(-4), shop: "default" },
      ...{ scopes: ["tokens:write", "tokens:read"], package_bound: ["acme/"], expires_at: NOW + 60, created_at: NOW },
      ...{ unique_by: null, credential: null, notify: false, grace_days: null, revoked_at: null },
      stability: null,
      last_used_at: null,
      last_used_address: null,
      allowed_networks: null,
      status: "active",
    });
    await sellToken(server, made.token, { allowed_package_prefixes: ["acme/core"] });
    const read = await server.api("GET", `${PATH}/${made.id}`, manager);
    expect(read.json()).toMatchObject({ id: made.id, last_used_at: NOW, previous_secret: null });
    expect(read.text).not.toContain(made.token);
    const { db } = server.core.database;
    const events = await db.selectFrom("audit_events").selectAll().where("target_id", "=", made.id).execute();
    expect(events).toMatchObject([{ action: "management_token.created", actor_kind: "management_token" }]);
    expect(JSON.stringify([events, server.logLines])).not.toContain(made.token);
  });

  // Privilege escalation: whoever may make tokens must not make a mightier one, nor take over one by rotating it.
  test("never hands out a scope, a package bound or a shop that is not the caller's own, and names it", async () => {
    await using server = await startTestServer(engine);
    const { db } = server.core.database;
    const bounded = await server.createManagementToken({ scopes: MANAGER, prefixes: ["acme/"], shop: "eu" });
    const mighty = await server.createManagementToken({
      name: "mighty",
      prefixes: ["acme/"],
      shop: "eu",
      scopes: ["settings:write"],
    });
    const before = await db.selectFrom("management_tokens").select("id").orderBy("id").execute();
    const cases: [body: Record<string, unknown>, pointer: string, detail: RegExp][] = [
      [{ scopes: ["tokens:read", "sources:write"] }, "/scopes", /lacks sources:write$/],
      [{ package_bound: ["acme/", "other/"] }, "/package_bound", /may grant acme\/: other\/$/],
      [{ shop: "us" }, "/shop", /belongs to the shop eu$/],
    ];
    for (const [body, pointer, detail] of cases) {
      const answer = await server.api("POST", PATH, bounded, { name: "x", scopes: ["tokens:read"], ...body });
      expect(answer.json(), pointer).toMatchObject({
        ...{ status: 403, code: "auth.outside_bound" },
        errors: [{ pointer, detail: expect.stringMatching(detail) as unknown }],
      });
    }
    const { id } = (await list(server, bounded)).find(({ name }) => name === "mighty") ?? { id: "" };
    const rotation = await server.api("POST", `${PATH}/${id}/rotate`, bounded, {});
    expect(rotation.json()).toMatchObject({ status: 403, errors: [{ pointer: "/scopes" }] });
    const renaming = await server.api("PATCH", `${PATH}/${id}`, bounded, { name: "mine", notify: true });
    expect(renaming.json()).toMatchObject({ status: 403, errors: [{ pointer: "/scopes" }] });
    expect((await list(server, bounded)).map(({ name }) => name)).toContain("mighty");
    expect(await db.selectFrom("management_tokens").select("id").orderBy("id").execute()).toEqual(before);
    expect((await server.api("GET", "/api/tokens", mighty)).json()).toMatchObject({ code: "auth.missing_scope" });
    // Left out, they are the caller's own.
    const made = await make(server, bounded);
    const read = (await server.api("GET", `${PATH}/${made.id}`, bounded)).json();
    expect(read).toMatchObject({ shop: "eu", package_bound: ["acme/"] });
    expect(await make(server, bounded, { package_bound: ["acme/core"], shop: "eu" })).toBeDefined();
  });

  test("shows a caller what is of its shop and within its bound; the rest is 404 to read, rotate and revoke", async () => {
    await using server = await startTestServer(engine);
    const scopes = MANAGER;
    const owner = await server.createManagementToken({ name: "owner", scopes });
    const acme = await server.createManagementToken({ name: "acme", scopes, prefixes: ["acme/"] });
    await server.createManagementToken({ name: "other", scopes, prefixes: ["other/"] });
    await server.createManagementToken({ name: "foreign", scopes, shop: "foreign" });
    await make(server, acme, { name: "narrow", package_bound: ["acme/core"] });
    const all = await list(server, owner);
    expect(all.map(({ name }) => name).sort()).toEqual(["acme", "narrow", "other", "owner"]);
    expect((await list(server, acme)).map(({ name }) => name).sort()).toEqual(["acme", "narrow"]);
    const hidden = all.filter(({ name }) => name === "owner" || name === "other");
    expect(hidden).toHaveLength(2);
    for (const { id } of [...hidden, { id: "mgmt_unknown" }, { id: "token_1" }]) {
      for (const [method, path] of [
        ["GET", ""],
        ["DELETE", ""],
        ["POST", "/rotate"],
      ] as const) {
        const answer = await server.api(method, `${PATH}/${id}${path}`, acme, method === "POST" ? {} : undefined);
        expect(answer.json(), `${method} ${id}`).toMatchObject({ status: 404, code: "resource.not_found" });
      }
    }
    expect((await server.api("GET", PATH, owner)).status).toBe(200);
  });

  test("pages newest first, each token once", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ name: "owner", scopes: MANAGER });
    for (const name of ["a", "b", "c", "d"]) {
      server.clock.advanceSeconds(name === "c" ? 0 : 1);
      await make(server, owner, { name });
    }
    const names: string[] = [];
    let path: string | undefined = `${PATH}?limit=2`;
    while (path !== undefined) {
      const answer = await server.api("GET", path, owner);
      names.push(...(answer.json() as { name: string }[]).map(({ name }) => name));
      path = /^<[^>]*?(\/api[^>]*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(names).toHaveLength(5);
    expect([names[0], names.slice(1, 3).sort(), names.slice(3)]).toEqual(["d", ["b", "c"], ["a", "owner"]]);
    for (const cursor of ["x", Buffer.from("1:token_1").toString("base64url")]) {
      const answer = await server.api("GET", `${PATH}?cursor=${cursor}`, owner);
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: "?cursor" }] });
    }
  });

  // What it made goes on sending: somebody who held a leaked token may have made it.
  test("says at revoking how many webhooks it made go on, and a webhook says who made it", async () => {
    await using server = await startTestServer(engine);
    const scopes = [...MANAGER, "webhooks:read", "webhooks:write"];
    const owner = await server.createManagementToken({ scopes });
    const made = await make(server, owner, { scopes });
    const body = { url: "https://hooks.invalid/", events: ["*"] };
    const webhooks: string[] = [];
    for (const by of [made.token, made.token, made.token, owner]) {
      webhooks.push(((await server.api("POST", "/api/webhooks", by, body)).json() as { id: string }).id);
    }
    const [first = "", second = ""] = webhooks;
    await server.api("PATCH", `/api/webhooks/${first}`, owner, { enabled: false });
    expect((await server.api("DELETE", `${PATH}/${made.id}`, owner)).json()).toMatchObject({ enabled_webhooks: 2 });
    expect((await server.api("GET", `/api/webhooks/${second}`, owner)).json()).toMatchObject({
      ...{ created_by: made.id, enabled: true },
    });
    await server.api("DELETE", `/api/webhooks/${second}`, owner);
    expect((await server.api("DELETE", `${PATH}/${made.id}`, owner)).json()).toMatchObject({ enabled_webhooks: 1 });
  });

  test("revokes, also the very token that calls, and answers a repetition the same", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: MANAGER });
    const made = await make(server, owner, { scopes: MANAGER });
    for (const by of [made.token, owner, owner]) {
      const answer = await server.api("DELETE", `${PATH}/${made.id}`, by);
      const revoked = { message: "Management token revoked", enabled_webhooks: 0 };
      expect([answer.status, answer.json()]).toEqual([200, revoked]);
    }
    expect((await server.api("GET", PATH, made.token)).json()).toMatchObject({ code: "auth.revoked" });
    const { db } = server.core.database;
    const actions = await db.selectFrom("audit_events").select("action").where("target_id", "=", made.id).execute();
    expect(actions.map(({ action }) => action).sort()).toEqual([
      "management_token.created",
      "management_token.revoked",
    ]);
  });

  test("rotates: both secrets until the end of the overlap, then the old one is told why", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: MANAGER });
    const made = await make(server, owner, { scopes: MANAGER });
    const body = { overlap_seconds: 60 };
    const key = { "idempotency-key": "r" };
    const answer = await server.api("POST", `${PATH}/${made.id}/rotate`, owner, body, key);
    const rotated = answer.json() as Made;
    expect(rotated).toMatchObject({ id: made.id, previous_secret: { expires_at: NOW + 60, last_used_at: null } });
    expect((await server.api("POST", `${PATH}/${made.id}/rotate`, owner, body, key)).text).toBe(answer.text);
    const codes = async () =>
      await Promise.all(
        [made.token, rotated.token].map(async (secret) => {
          const { status, json } = await server.api("GET", PATH, secret);
          return status === 200 ? 200 : (json() as { code: string }).code;
        }),
      );
    server.clock.advanceSeconds(59);
    expect(await codes()).toEqual([200, 200]);
    server.clock.advanceSeconds(1);
    expect(await codes()).toEqual(["auth.rotated", 200]);
    const read = (await server.api("GET", `${PATH}/${made.id}`, owner)).json();
    expect(read).toMatchObject({ previous_secret: { last_four: made.token.slice(-4), last_used_at: NOW + 59 } });
    await server.api("DELETE", `${PATH}/${made.id}`, owner);
    expect(await codes()).toEqual(["auth.revoked", "auth.revoked"]);
    const again = await server.api("POST", `${PATH}/${made.id}/rotate`, owner, {});
    expect(again.json()).toMatchObject({ status: 409, code: "resource.conflict" });
  });

  test("changes its name and its settings, audits what changed, and refuses what it cannot change", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: MANAGER });
    const made = await make(server, owner, { unique_by: "order", credential: "customer", notify: true });
    expect(made).toMatchObject({ unique_by: "order", credential: "customer", notify: true });
    const change = (body: unknown) => server.api("PATCH", `${PATH}/${made.id}`, owner, body);
    const changed = (await change({ name: " web shop ", unique_by: null, credential: null })).json();
    expect(changed).toMatchObject({ id: made.id, name: "web shop", scopes: ["tokens:read"] });
    expect(changed).toMatchObject({ unique_by: null, credential: null, notify: true });
    expect((await change({ name: "web shop" })).status).toBe(200);
    expect((await change({})).status).toBe(200);
    const { db } = server.core.database;
    const events = await db
      .selectFrom("audit_events")
      .select("details")
      .where("action", "=", "management_token.updated")
      .execute();
    expect(events.map(({ details }) => JSON.parse(details) as unknown)).toEqual([
      {
        before: { name: "made", unique_by: "order", credential: "customer", notify: true },
        after: { name: "web shop", unique_by: null, credential: null, notify: true },
      },
    ]);
    for (const [body, pointer] of [
      [{ name: " " }, "/name"],
      [{ unique_by: "each" }, "/unique_by"],
      [{ credential: "order" }, "/credential"],
      [{ notify: "yes" }, "/notify"],
      [{ notify: null }, "/notify"],
      [{ scopes: ["tokens:write"] }, "/scopes"],
    ] as const) {
      expect((await change(body)).json(), pointer).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    const elsewhere = await server.createManagementToken({ scopes: MANAGER, shop: "us" });
    expect((await server.api("PATCH", `${PATH}/${made.id}`, elsewhere, { name: "x" })).status).toBe(404);
    await server.api("DELETE", `${PATH}/${made.id}`, owner);
    expect((await change({ name: "x" })).json()).toMatchObject({ status: 409, code: "resource.conflict" });
  });

  test("refuses what makes no sense, by its field", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: MANAGER });
    const cases: [body: Record<string, unknown>, pointer: string][] = [
      [{ name: " " }, "/name"],
      [{ scopes: [] }, "/scopes"],
      [{ scopes: ["tokens:everything"] }, "/scopes"],
      [{ package_bound: [] }, "/package_bound"],
      [{ package_bound: ["acme/", "acme"] }, "/package_bound/1"],
      [{ expires_at: NOW }, "/expires_at"],
      [{ expires_at: NOW * 1000 }, "/expires_at"],
      [{ shop: "No Shop" }, "/shop"],
    ];
    for (const [body, pointer] of cases) {
      const answer = await server.api("POST", PATH, owner, { name: "x", scopes: ["tokens:read"], ...body });
      expect(answer.json(), JSON.stringify(body)).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    expect(await list(server, owner)).toHaveLength(1);
  });
});
