import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";
import { commandLine } from "../callers/index.ts";
import type { Principal } from "../callers/index.ts";
import { createManagementToken } from "../management-tokens/index.ts";
import { recordProgress } from "./progress-recorder.ts";
import { createProgressWatches } from "./watch-progress.ts";

const caller: Principal = {
  ...{ actor: { kind: "management_token", id: "mgmt_1", requestId: null }, shop: "default", packageBound: null },
  scopes: new Set(["sources:read"]),
};
const staying = new AbortController().signal;
const FAST = { lookEveryMs: 5, heartbeatEveryMs: 60_000, checkEveryMs: 60_000, lifeMs: 60_000 };

async function hostedSource(server: TestServer): Promise<string> {
  const { database } = server.core;
  const packageId = await hostPackage(database, "acme/core", ["1.0.0"]);
  const row = await database.db.selectFrom("packages").select("source").where("id", "=", packageId).executeTakeFirst();
  return row?.source ?? "";
}

/** Reads a stream of server-sent events as they come. */
function readEvents(stream: AsyncIterable<Buffer | Uint8Array>) {
  const chunks = stream[Symbol.asyncIterator]();
  let text = "";
  return {
    /** The data of the next event; undefined at the end of the stream. */
    async next(): Promise<Record<string, unknown> | undefined> {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end !== -1) {
          const event = text.slice(0, end);
          text = text.slice(end + 2);
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data !== undefined) return JSON.parse(data) as Record<string, unknown>;
          continue;
        }
        const chunk = await chunks.next();
        if (chunk.done === true) return undefined;
        text += Buffer.from(chunk.value).toString("utf8");
      }
    },
  };
}

const run = { id: "run_1", started_at: 5, finished_at: null, outcome: null, detail: null } as const;
const counts = { refs_total: 0, refs_read: 0, versions_published: 0, versions_withdrawn: 0, refs_skipped: 0 };

describe.each(testEngines)("GET /api/sources/{id}/progress on %s", (engine) => {
  test("tells the state at once, then each change in order, whoever makes it, and ends when the source is removed", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    const id = await hostedSource(server);
    const watches = createProgressWatches(server.core, FAST);
    const events = readEvents(await watches.watch(caller, id, staying));
    expect(await events.next()).toMatchObject({ state: "active", phase: null, run_id: null, outcome: null });
    // As another process would: nobody in this one is told.
    const { db } = database;
    await db.updateTable("sources").set({ state: "syncing" }).where("id", "=", id).execute();
    expect(await events.next()).toMatchObject({ state: "syncing", run_id: null });
    await db
      .insertInto("sync_runs")
      .values({ ...run, source: id, ...counts, phase: "preparing" })
      .execute();
    expect(await events.next()).toMatchObject({ phase: "preparing", run_id: "run_1", started_at: 5 });
    await db.updateTable("sync_runs").set({ phase: "reading", refs_total: 40, refs_read: 25 }).execute();
    expect(await events.next()).toMatchObject({ phase: "reading", refs_total: 40, refs_read: 25 });
    await database.transaction(async (trx, changed) => {
      await trx.updateTable("sources").set({ state: "failing", state_detail: "why" }).where("id", "=", id).execute();
      await trx.updateTable("sync_runs").set({ phase: null, outcome: "failed", finished_at: 9 }).execute();
      changed("sources");
    });
    expect(await events.next()).toMatchObject({
      ...{ state: "failing", state_detail: "why", phase: null, outcome: "failed", finished_at: 9 },
    });
    await db.updateTable("sources").set({ removed_at: 10 }).where("id", "=", id).execute();
    expect(await events.next()).toBeUndefined();
    expect(watches.count()).toBe(0);
  });

  test("sends a comment while nothing happens, and ends after a while so that its reader comes with a fresh credential", async () => {
    await using server = await startTestServer(engine);
    const id = await hostedSource(server);
    const watches = createProgressWatches(server.core, { ...FAST, heartbeatEveryMs: 20, lifeMs: 1_000 });
    let text = "";
    for await (const chunk of await watches.watch(caller, id, staying)) text += String(chunk);
    expect(text).toMatch(/^retry: 1000\nevent: source\ndata: \{.*\}\n\n(: still here\n\n)+$/);
    expect(watches.count()).toBe(0);
  });

  test("ends soon after its credential: a revoked or expired token, an ended session, a role without the scope", async () => {
    await using server = await startTestServer(engine);
    const { core } = server;
    const { db } = core.database;
    const id = await hostedSource(server);
    const scopes = ["sources:read"];
    const make = async () => (await createManagementToken(core, commandLine, { name: "CI", scopes })).id;
    const [kept, revoked, expired, narrowed] = [await make(), await make(), await make(), await make()];
    const [left, demoted] = [await createTestUser(server), await createTestUser(server)];
    const sessions = [await logIn(server, left), await logIn(server, demoted)];
    const tokens = [kept, revoked, expired, narrowed].map((token): Principal => ({
      ...caller,
      actor: { ...caller.actor, id: token },
    }));
    const proven = { provenUntil: 2_000_000_000, lacksSecondFactor: false };
    const users = sessions.map((session, index): Principal => {
      const user = [left, demoted][index]!;
      const actor = { kind: "user" as const, id: user.id, requestId: null };
      return { ...caller, actor, shop: null, session: { ...proven, id: session.id, role: "owner" } };
    });
    const watches = createProgressWatches(core, { ...FAST, checkEveryMs: 5 });
    const streams = [];
    for (const one of [...tokens, ...users]) streams.push(readEvents(await watches.watch(one, id, staying)));
    for (const stream of streams) expect(await stream.next()).toMatchObject({ state: "active" });
    const setToken = (token: string, values: object) =>
      db.updateTable("management_tokens").set(values).where("id", "=", token).execute();
    await setToken(revoked, { revoked_at: 1 });
    await setToken(expired, { expires_at: 1_800_000_000 });
    await setToken(narrowed, { scopes: '["tokens:read"]' });
    await sessions[0]!.api("DELETE", "/api/session");
    await db.updateTable("users").set({ removed_at: 1 }).where("id", "=", demoted.id).execute();
    for (const stream of streams.slice(1)) expect(await stream.next()).toBeUndefined();
    expect(watches.count()).toBe(1);
    watches.close();
  });

  test("leaves nothing behind when its reader goes away, and takes ten of a caller at once", async () => {
    await using server = await startTestServer(engine);
    const id = await hostedSource(server);
    const owner = await server.createManagementToken({ scopes: ["sources:read"] });
    const open = async (secret = owner, method = "GET") => {
      const headers = { authorization: `Bearer ${secret}` };
      const outgoing = request(`${server.url}/api/sources/${id}/progress`, { method, headers, agent: false }).end();
      const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
      answer.on("error", () => undefined).resume();
      return { answer, leave: () => outgoing.destroy() };
    };
    const ten = await Promise.all(Array.from({ length: 10 }, () => open()));
    expect(ten.map(({ answer }) => answer.statusCode)).toEqual(Array(10).fill(200));
    expect(ten[0]?.answer.headers["x-accel-buffering"]).toBe("no");
    const refused = await server.api("GET", `/api/sources/${id}/progress`, owner);
    expect(refused.json()).toMatchObject({ status: 429, code: "request.too_many" });
    // Another caller has its own ten.
    const other = await open(await server.createManagementToken({ scopes: ["sources:read"] }));
    expect(other.answer.statusCode).toBe(200);
    for (const { leave } of [...ten, other]) leave();
    // Which lets itself in, as soon as one of the ten is noticed to be gone.
    const enter = async () => {
      const { answer, leave } = await open();
      leave();
      return answer.statusCode;
    };
    await expect.poll(enter).toBe(200);
    expect((await open(owner, "HEAD")).answer.statusCode).toBe(200);
  });

  test("does not hold up a server that stops: the stream ends well at once", async () => {
    await using server = await startTestServer(engine);
    const id = await hostedSource(server);
    const owner = await server.createManagementToken({ scopes: ["sources:read"] });
    const answer = await fetch(`${server.url}/api/sources/${id}/progress`, {
      headers: { authorization: `Bearer ${owner}` },
    });
    if (answer.body === null) throw new Error("no stream");
    const events = readEvents(answer.body);
    expect(await events.next()).toMatchObject({ state: "active" });
    const before = performance.now();
    await server.stop(20_000);
    expect(performance.now() - before).toBeLessThan(5_000);
    // An end, not an error.
    expect(await events.next()).toBeUndefined();
  });
});

describe.each(testEngines)("the progress of a run on %s", (engine) => {
  test("is written down while it runs, and never over its result", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    const { db } = database;
    const id = await hostedSource(server);
    await db
      .insertInto("sync_runs")
      .values({ ...run, source: id, ...counts, phase: "preparing" })
      .execute();
    const source = await db.selectFrom("sources").selectAll().executeTakeFirstOrThrow();
    const row = async () =>
      await db.selectFrom("sync_runs").select(["phase", "refs_total", "refs_read"]).executeTakeFirstOrThrow();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const recorder = recordProgress({ database, log, progressEveryMs: 2 }, { runId: "run_1", source });
    recorder.onProgress({ phase: "fetching", total: 40 });
    await expect.poll(row).toEqual({ phase: "fetching", refs_total: 40, refs_read: 0 });
    recorder.onProgress({ phase: "reading", done: 25, total: 40 });
    recorder.onProgress({ phase: "publishing" });
    await expect.poll(row).toEqual({ phase: "publishing", refs_total: 40, refs_read: 25 });
    await db.updateTable("sync_runs").set({ phase: null, finished_at: 9, refs_total: 41 }).execute();
    recorder.onProgress({ phase: "reading", done: 1, total: 2 });
    // Of two writes the second one says that the first is through.
    await db
      .insertInto("sync_runs")
      .values({ ...run, id: "run_2", source: id, ...counts, phase: "preparing" })
      .execute();
    const second = recordProgress({ database, log, progressEveryMs: 2 }, { runId: "run_2", source });
    second.onProgress({ phase: "reading", done: 3, total: 4 });
    const read = async () => await db.selectFrom("sync_runs").select("refs_read").orderBy("id").execute();
    await expect.poll(read).toEqual([{ refs_read: 25 }, { refs_read: 3 }]);
    recorder.stop();
    second.stop();
    expect(await db.selectFrom("sync_runs").select("phase").where("id", "=", "run_1").execute()).toEqual([
      { phase: null },
    ]);
  });
});
