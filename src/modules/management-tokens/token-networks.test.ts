import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const PROXY = { TRUSTED_PROXIES: "127.0.0.1" };
const PATH = "/api/management-tokens";
const MANAGER = ["management_tokens:read", "management_tokens:write", "tokens:read"];
const SHOP = "203.0.113.7";
const ELSEWHERE = "198.51.100.9";

const from = (address: string) => ({ "x-forwarded-for": address });

interface Made {
  id: string;
  token: string;
  allowed_networks: string[] | null;
}

async function make(server: TestServer, by: string, body: object, address = SHOP) {
  const full = { name: "made", scopes: ["tokens:read"], ...body };
  return await server.api("POST", PATH, by, full, from(address));
}

describe.each(testEngines)("a management token with allowed networks on %s", (engine) => {
  test("is refused from anywhere else, whatever the client writes into the header, and that is in the audit log", async () => {
    await using server = await startTestServer(engine, PROXY);
    const secret = await server.createManagementToken({ allowedNetworks: ["203.0.113.0/24", "2001:db8::/48"] });
    for (const address of [SHOP, "2001:db8::7", `${ELSEWHERE}, ${SHOP}`]) {
      expect((await server.api("GET", "/api/tokens", secret, undefined, from(address))).status, address).toBe(200);
    }
    const { db } = server.core.database;
    const used = await db.selectFrom("management_tokens").select("last_used_address").executeTakeFirstOrThrow();
    server.clock.advanceSeconds(120);
    for (const address of [ELSEWHERE, "2001:db8:1::7", `${SHOP}, ${ELSEWHERE}`, "not an address"]) {
      const answer = await server.api("GET", "/api/tokens", secret, undefined, from(address));
      expect(answer.json(), address).toMatchObject({ status: 403, code: "auth.outside_network" });
      expect(answer.text).not.toContain("203.0.113.0");
    }
    // A refused request is no use.
    expect(await db.selectFrom("management_tokens").select("last_used_address").executeTakeFirst()).toEqual(used);
    await server.application.refusals.flush();
    const records = await db
      .selectFrom("audit_events")
      .selectAll()
      .where("action", "=", "credential.refused")
      .execute();
    expect(new Set(records.map(({ target_id }) => target_id))).toEqual(new Set(["outside_network"]));
    expect(JSON.parse(records[0]!.details)).toMatchObject({ after: { surface: "api" } });
  });

  test("without a trusted proxy counts the peer, and nothing that anybody can write", async () => {
    await using server = await startTestServer(engine);
    const secret = await server.createManagementToken({ allowedNetworks: ["203.0.113.0/24"] });
    expect((await server.api("GET", "/api/tokens", secret, undefined, from(SHOP))).status).toBe(403);
    const local = await server.createManagementToken({ allowedNetworks: ["127.0.0.1"] });
    expect((await server.api("GET", "/api/tokens", local, undefined, from(ELSEWHERE))).status).toBe(200);
  });

  test("makes none that is used from elsewhere, nor takes one over, and gives its own networks to those it makes", async () => {
    await using server = await startTestServer(engine, PROXY);
    const limited = await server.createManagementToken({ scopes: MANAGER, allowedNetworks: ["203.0.113.0/24"] });
    const free = await server.createManagementToken({ scopes: MANAGER });
    const wide = (await make(server, free, {})).json() as Made;
    expect(wide.allowed_networks).toBeNull();
    for (const networks of [["0.0.0.0/0"], ["203.0.112.0/23"], ["203.0.113.7", ELSEWHERE]]) {
      const answer = await make(server, limited, { allowed_networks: networks });
      expect(answer.json()).toMatchObject({ code: "auth.outside_bound", errors: [{ pointer: "/allowed_networks" }] });
    }
    const inherited = (await make(server, limited, { allowed_networks: null })).json() as Made;
    expect(inherited.allowed_networks).toEqual(["203.0.113.0/24"]);
    const narrow = (await make(server, limited, { allowed_networks: [SHOP] })).json() as Made;
    expect(narrow.allowed_networks).toEqual([`${SHOP}/32`]);
    const call = (method: string, path: string, body: object) =>
      server.api(method, `${PATH}/${path}`, limited, body, from(SHOP));
    for (const allowed_networks of [null, [], ["0.0.0.0/0"]]) {
      expect((await call("PATCH", narrow.id, { allowed_networks })).status).toBe(403);
    }
    expect((await call("PATCH", wide.id, { name: "mine" })).status).toBe(403);
    expect((await call("PATCH", wide.id, { allowed_networks: [SHOP] })).status).toBe(403);
    expect((await call("POST", `${wide.id}/rotate`, {})).status).toBe(403);
    expect((await call("PATCH", narrow.id, { allowed_networks: ["203.0.113.0/25"] })).status).toBe(200);
  });

  test("is changed for its next request, by words that say which entry is none", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await server.createManagementToken({ scopes: MANAGER });
    const made = (await make(server, owner, { allowed_networks: [ELSEWHERE] })).json() as Made;
    const patch = (body: object) => server.api("PATCH", `${PATH}/${made.id}`, owner, body, from(SHOP));
    const ask = () => server.api("GET", "/api/tokens", made.token, undefined, from(SHOP));
    expect((await ask()).status).toBe(403);
    expect((await patch({ allowed_networks: [SHOP, "office", "203.0.113.0/33"] })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: "/allowed_networks/1" }, { pointer: "/allowed_networks/2" }],
    });
    expect((await patch({ allowed_networks: ["203.0.113.9/24"] })).json()).toMatchObject({
      allowed_networks: ["203.0.113.0/24"],
    });
    expect((await ask()).status).toBe(200);
    expect((await patch({ name: "other" })).json()).toMatchObject({ allowed_networks: ["203.0.113.0/24"] });
    expect((await patch({ allowed_networks: null })).json()).toMatchObject({ allowed_networks: null });
    const { db } = server.core.database;
    const events = await db
      .selectFrom("audit_events")
      .select("details")
      .where("action", "=", "management_token.updated")
      .orderBy("id")
      .execute();
    expect(JSON.parse(events[0]!.details)).toMatchObject({ after: { allowed_networks: ["203.0.113.0/24"] } });
  });

  test("shows from where it was last used, written no oftener than when", async () => {
    await using server = await startTestServer(engine, PROXY);
    const owner = await server.createManagementToken({ scopes: MANAGER });
    const made = (await make(server, owner, {})).json() as Made;
    const read = async () => (await server.api("GET", `${PATH}/${made.id}`, owner)).json() as object;
    expect(await read()).toMatchObject({ last_used_at: null, last_used_address: null });
    await server.api("GET", "/api/tokens", made.token, undefined, from(SHOP));
    await server.api("GET", "/api/tokens", made.token, undefined, from(ELSEWHERE));
    expect(await read()).toMatchObject({ last_used_address: SHOP });
    server.clock.advanceSeconds(60);
    await server.api("GET", "/api/tokens", made.token, undefined, from(ELSEWHERE));
    expect(await read()).toMatchObject({ last_used_at: 1_800_000_060, last_used_address: ELSEWHERE });
  });

  test("needs attention two weeks before its end, once, of those who manage tokens, until it is revoked", async () => {
    await using server = await startTestServer(engine);
    const day = 24 * 3600;
    const owner = await server.createManagementToken({ scopes: [...MANAGER, "customers:read"] });
    const support = await server.createManagementToken({ scopes: ["tokens:read", "customers:read"] });
    const now = 1_800_000_000;
    const year = (await make(server, owner, { name: "web shop", expires_at: now + 365 * day })).json() as Made;
    await make(server, owner, { name: "trial", expires_at: now + 10 * day });
    const open = async (by: string) =>
      (
        (await server.api("GET", "/api/attention", by)).json() as { kind: string; title: string; times: number }[]
      ).filter(({ kind }) => kind === "management_token.expiring");
    server.clock.advanceSeconds(351 * day - 1);
    await server.application.ends.runDue();
    expect(await open(owner)).toEqual([]);
    server.clock.advanceSeconds(1);
    for (let look = 0; look < 2; look++) await server.application.ends.runDue();
    expect(await open(owner)).toMatchObject([
      { times: 1, title: "The management token “web shop” expires on 2028-01-15" },
    ]);
    expect(await open(support)).toEqual([]);
    expect((await server.api("DELETE", `${PATH}/${year.id}`, owner)).status).toBe(200);
    expect(await open(owner)).toEqual([]);
  });
});
