import { describe, expect, test } from "vitest";
import { macOf } from "../audit/audit-chain.ts";
import { sealAuditEvents } from "../audit/index.ts";
import { addSource } from "../sources/index.ts";
import { commandLine } from "../callers/index.ts";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const PATH = "/api/audit-events";
const SCOPES = ["audit:read", "tokens:read", "tokens:write"];

interface Event {
  id: string;
  action: string;
  target: { id: string };
  shop: string | null;
}

async function list(server: TestServer, by: string, query = ""): Promise<Event[]> {
  const answer = await server.api("GET", PATH + query, by);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Event[];
}

const actions = async (server: TestServer, by: string, query = "") =>
  (await list(server, by, query)).map(({ action }) => action);

describe.each(testEngines)("/api/audit-events on %s", (engine) => {
  test("shows who did what to what, with before and after, newest first", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    server.clock.advanceSeconds(1);
    const { id, token } = await sellToken(server, owner, { metadata: { customer_email: "a@example.com" } });
    server.clock.advanceSeconds(1);
    await server.api("DELETE", `/api/tokens/${id}`, owner);
    await server.application.refusals.flush();
    const events = await list(server, owner);
    expect(events.map(({ action }) => action)).toEqual(["token.revoked", "token.created", "management_token.created"]);
    expect(events[1]).toMatchObject({
      ...{ occurred_at: NOW + 1, target: { kind: "token", id }, shop: "default" },
      ...{
        actor: { kind: "management_token", id: events[2]?.target.id },
        request_id: expect.stringMatching(/^req_/) as unknown,
      },
      ...{ details: { after: { status: "active" } }, personal: { metadata: { customer_email: "a@example.com" } } },
    });
    expect(events[0]).toMatchObject({ details: { before: { status: "active" }, after: { status: "revoked" } } });
    expect(JSON.stringify(events)).not.toContain(token);
  });

  test("filters by action, actor, target, customer and time, and combines them", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const foreign = await server.createManagementToken({ scopes: SCOPES, shop: "foreign" });
    const first = await sellToken(server, owner, { metadata: { customer_id: 42 } });
    await sellToken(server, foreign, { metadata: { customer_id: 42 } });
    server.clock.advanceSeconds(10);
    const second = await sellToken(server, owner, { metadata: { customer_id: 43 } });
    await server.api("DELETE", `/api/tokens/${first.id}`, owner);
    const targets = async (query: string) => (await list(server, owner, query)).map(({ target }) => target.id);
    expect(await targets("?action=token.created")).toEqual([second.id, first.id]);
    expect(await targets(`?target_id=${first.id}`)).toEqual([first.id, first.id]);
    expect(await targets("?customer_id=42")).toEqual([first.id, first.id]);
    expect(await targets("?customer_id=42&action=token.created")).toEqual([first.id]);
    expect((await targets(`?since=${NOW + 10}`)).sort()).toEqual([first.id, second.id].sort());
    expect(await targets(`?until=${NOW + 10}&action=token.created`)).toEqual([first.id]);
    expect(await targets(`?since=${NOW}&until=${NOW}`)).toEqual([]);
    const [{ target } = { target: { id: "" } }] = await list(server, owner, "?action=management_token.created");
    expect(await targets(`?actor_id=${target.id}`)).toHaveLength(3);
    expect(await targets("?actor_id=mgmt_nobody")).toEqual([]);
    for (const query of ["?since=yesterday", `?since=${NOW}000`, "?action=", "?cursor=eA", "?limit=1001", "?actor=x"]) {
      const answer = await server.api("GET", PATH + query, owner);
      const pointer = query.replace(/=.*/, "");
      expect(answer.json(), query).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
  });

  test("finds by the beginning of an action, and by any id; names who did it and whose it is", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES, name: "Shop" });
    const { id } = await sellToken(server, owner, { metadata: { customer_id: 42 } });
    server.clock.advanceSeconds(1);
    await server.api("DELETE", `/api/tokens/${id}`, owner);
    const [revoked, created, made] = (await list(server, owner)) as (Event & { request_id: string })[];
    expect(revoked).toMatchObject({ actor: { label: "Shop" }, customer_id: "42" });
    expect(made).toMatchObject({ actor: { kind: "cli", id: null, label: null }, customer_id: null });
    for (const prefix of ["token.", "token.*", "tok*"]) {
      expect(await actions(server, owner, `?action=${prefix}`)).toEqual(["token.revoked", "token.created"]);
    }
    expect(await actions(server, owner, "?action=*&limit=2")).toEqual(["token.revoked", "token.created"]);
    for (const nothing of ["token", "%25", "t_ken.", "."]) {
      expect(await actions(server, owner, `?action=${nothing}`)).toEqual([]);
    }
    expect(await actions(server, owner, `?q=${id}`)).toEqual(["token.revoked", "token.created"]);
    expect(await actions(server, owner, `?q=${id}&action=token.r*`)).toEqual(["token.revoked"]);
    expect(await actions(server, owner, `?q=${created?.request_id ?? ""}`)).toEqual(["token.created"]);
    expect(await actions(server, owner, `?q=${revoked?.id ?? ""}`)).toEqual(["token.revoked"]);
    // Found as actor twice and as target once.
    expect(await actions(server, owner, `?q=${made?.target.id ?? ""}`)).toHaveLength(3);
    const foreign = await server.createManagementToken({ scopes: SCOPES, shop: "foreign" });
    expect(await actions(server, foreign, `?q=${id}`)).toEqual([]);
    expect(await actions(server, foreign, "?action=token.")).toEqual([]);
  });

  test("verifies the chain, tells what was changed, and is not for who is kept to some packages", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    await sellToken(server, owner);
    const { database, clock, cipher } = server.core;
    await sealAuditEvents({ database, clock, cipher });
    const verify = (by: string) => server.api("POST", `${PATH}/verify`, by);
    expect((await verify(owner)).json()).toMatchObject({ valid: true, records: 2, unsealed: 0, problem: null });
    await database.db.updateTable("audit_events").set({ action: "nothing" }).where("sequence", "=", 2).execute();
    const changed = (await verify(owner)).json() as { valid: boolean; problem: string };
    expect([changed.valid, changed.problem]).toEqual([false, expect.stringContaining("record 2")]);
    const bounded = await server.createManagementToken({ scopes: SCOPES, prefixes: ["acme/"] });
    expect((await verify(bounded)).json()).toMatchObject({ status: 403, code: "auth.outside_bound" });
  });

  test("keeps a caller to its shop; what belongs to none only for who has no package bound", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const bounded = await server.createManagementToken({ scopes: SCOPES, prefixes: ["acme/"] });
    const foreign = await server.createManagementToken({ scopes: SCOPES, shop: "foreign" });
    await sellToken(server, foreign);
    await addSource(server.core, commandLine, { url: "https://git.invalid/acme/core.git" });
    const shops = async (by: string, path = "") => {
      const answer = await server.api("GET", PATH + path, by);
      const events = path === "" ? (answer.json() as Event[]) : readLines(answer.text);
      return [...new Set(events.map(({ shop }) => shop))].sort();
    };
    for (const path of ["", "/export"]) {
      expect(await shops(owner, path)).toEqual(["default", null]);
      expect(await shops(bounded, path)).toEqual(["default"]);
      expect(await shops(foreign, path)).toEqual(["foreign", null]);
    }
    expect(await actions(server, bounded, "?action=source.created")).toEqual([]);
  });

  test("pages newest first, each record once, also when records are sealed between two pages", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    for (let count = 0; count < 7; count++) await sellToken(server, owner);
    const { database, clock, cipher } = server.core;
    const ids: string[] = [];
    let next: string | undefined = `${PATH}?limit=3`;
    while (next !== undefined) {
      const answer = await server.api("GET", next, owner);
      ids.push(...(answer.json() as Event[]).map(({ id }) => id));
      next = /^<[^>]*?(\/api[^>]*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
      await sealAuditEvents({ database, clock, cipher });
    }
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(8);
    expect((await list(server, owner)).map(({ id }) => id)).toEqual(ids);
  });

  test("exports everything as lines of JSON, in batches, and nothing for a HEAD", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { db } = server.core.database;
    const [template] = await db.selectFrom("audit_events").selectAll().execute();
    expect(template).toBeDefined();
    const sealed = { sequence: null, chain_mac: null, chain_key: null, sealed_at: null };
    const rows = Array.from({ length: 1_203 }, (_, index) => {
      const number = String(index).padStart(5, "0");
      const copy = {
        ...template!,
        ...sealed,
        id: `evt_copy${number}`,
        occurred_at: NOW + 1 + (index >> 3),
        action: "copied",
      };
      return { ...copy, mac: macOf(server.core.cipher, copy) };
    });
    for (let start = 0; start < rows.length; start += 300) {
      await db
        .insertInto("audit_events")
        .values(rows.slice(start, start + 300))
        .execute();
    }
    const answer = await server.api("GET", `${PATH}/export?action=copied`, owner);
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
      ...[200, "application/x-ndjson", "no-store"],
    ]);
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="audit-events.ndjson"');
    const ids = readLines(answer.text).map(({ id }) => id);
    expect(ids).toEqual(rows.map(({ id }) => id).reverse());
    expect(readLines(answer.text)[0]).toEqual((await list(server, owner, "?limit=1&action=copied"))[0]);
    const head = await server.api("HEAD", `${PATH}/export`, owner);
    expect([head.status, head.text, head.headers.get("content-type")]).toEqual([200, "", "application/x-ndjson"]);
    expect((await server.api("GET", `${PATH}/export?action=nothing`, owner)).text).toBe("");
    expect((await server.api("GET", `${PATH}/export?limit=1`, owner)).status).toBe(400);
  });
});

function readLines(text: string): Event[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
}
