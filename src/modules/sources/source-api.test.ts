import path from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { waitAndSync } from "../sync/index.ts";

const NOW = 1_800_000_000;
const SCOPES = ["sources:read", "sources:write", "tokens:read"];
const PASSWORD = "s3cret-of-the-source";

interface Shown {
  id: string;
  state: string;
  synced_at: number | null;
  username: string | null;
  has_password: boolean;
  filters: string[];
}

async function add(server: TestServer, by: string, body: Record<string, unknown> = {}): Promise<Shown> {
  const answer = await server.api("POST", "/api/sources", by, { url: "https://git.invalid/acme/core.git", ...body });
  expect(answer.status, answer.text).toBe(201);
  return answer.json() as Shown;
}

const read = async (server: TestServer, by: string, id: string) =>
  (await server.api("GET", `/api/sources/${id}`, by)).json() as Shown & { skipped: unknown[] };

async function writeUpstream(directory: string): Promise<string> {
  const repository = await GitRepository.create(path.join(directory, "core.git"));
  repository.commit({ "composer.json": JSON.stringify({ name: "acme/core" }) });
  repository.tag("1.0.0", { annotated: true });
  repository.tag("nonsense", { annotated: true });
  await repository.write();
  return `file://${repository.directory}`;
}

describe.each(testEngines)("/api/sources on %s", (engine) => {
  test("adds a git source that is synced at once, shows what was skipped and why, and its syncs", async () => {
    await using directory = await makeTemporaryDirectory("sources");
    const url = await writeUpstream(directory.path);
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const added = await add(server, owner, { type: "git", url, name: "core", filters: ["Acme/*"] });
    expect(added).toMatchObject({
      ...{ type: "git", url, name: "core", filters: ["acme/"], username: null, has_password: false },
      ...{ state: "pending", created_at: NOW, synced_at: null, packages: 0 },
    });
    await expect.poll(async () => (await read(server, owner, added.id)).state, { timeout: 10_000 }).toBe("active");
    const shown = await read(server, owner, added.id);
    expect(shown).toMatchObject({ packages: 1, skipped_refs: 1, synced_at: NOW });
    expect(shown.skipped).toEqual([
      {
        ref: expect.stringContaining("nonsense") as unknown,
        reason: expect.any(String) as unknown,
        label: "acme/core",
        what_to_do: null,
      },
    ]);
    expect((await server.api("GET", "/api/sources", owner)).json()).toMatchObject([{ id: added.id, packages: 1 }]);
    const runs = (await server.api("GET", `/api/sources/${added.id}/runs`, owner)).json();
    expect(runs).toMatchObject([{ outcome: "succeeded", refs_total: 3, refs_skipped: 1, finished_at: NOW }]);
    expect(runs).not.toHaveProperty("0.source");
  });

  test("syncs when asked to, promptly; and again after the sync that runs already", async () => {
    await using directory = await makeTemporaryDirectory("sources");
    const url = await writeUpstream(directory.path);
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { id } = await add(server, owner, { url });
    await expect.poll(async () => (await read(server, owner, id)).synced_at, { timeout: 10_000 }).toBe(NOW);
    server.clock.advanceSeconds(60);
    const asked = await server.api("POST", `/api/sources/${id}/sync`, owner);
    expect([asked.status, asked.json()]).toMatchObject([202, { id, next_sync_at: NOW + 60 }]);
    await expect.poll(async () => (await read(server, owner, id)).synced_at, { timeout: 10_000 }).toBe(NOW + 60);
    await server.stop();
  });

  test("a sync that was asked for while one ran is not put off by its end", async () => {
    await using directory = await makeTemporaryDirectory("sources");
    const url = await writeUpstream(directory.path);
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { id } = await add(server, owner, { url });
    await expect.poll(async () => (await read(server, owner, id)).state, { timeout: 10_000 }).toBe("active");
    let asked: Promise<unknown> | undefined;
    const onProgress = () => {
      asked ??= server.core.database.db.updateTable("sources").set({ next_sync_at: 5 }).where("id", "=", id).execute();
    };
    const deps = { ...server.core.sync, database: server.core.database };
    await waitAndSync(deps, id, { onProgress });
    await asked;
    const row = await server.core.database.db.selectFrom("sync_runs").select("id").where("source", "=", id).execute();
    expect(row.length).toBeGreaterThanOrEqual(2);
    // Taken up by the scheduler by itself, though the sync that ended put nothing due.
    await expect
      .poll(
        async () => {
          const runs = await server.core.database.db
            .selectFrom("sync_runs")
            .select("id")
            .where("source", "=", id)
            .execute();
          return runs.length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThanOrEqual(3);
  });

  test("changes name, filters and credentials; null clears; a password is in no answer, log or record", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const key = { "idempotency-key": "s" };
    const body = { url: "https://git.invalid/acme/core.git", username: "ci", password: PASSWORD };
    const first = await server.api("POST", "/api/sources", owner, body, key);
    const again = await server.api("POST", "/api/sources", owner, body, key);
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
    const other = await server.api("POST", "/api/sources", owner, { ...body, password: "another" }, key);
    expect(other.json()).toMatchObject({ status: 422 });
    const { id } = first.json() as Shown;
    const patch = async (change: unknown) => {
      const answer = await server.api("PATCH", `/api/sources/${id}`, owner, change);
      expect(answer.text).not.toContain(PASSWORD);
      return answer.json() as Shown;
    };
    expect(await patch({ name: "renamed", filters: ["acme/core"], submodules: "include" })).toMatchObject({
      ...{ name: "renamed", filters: ["acme/core"], username: "ci", has_password: true },
      submodules: "include",
      submodule_paths: [],
    });
    expect(await patch({ submodules: "some" })).toMatchObject({ status: 400, errors: [{ pointer: "/submodules" }] });
    expect(await patch({ password: `${PASSWORD}-2` })).toMatchObject({ username: "ci", has_password: true });
    expect(await patch({ username: null })).toMatchObject({ username: null, has_password: true });
    expect(await patch({ username: "ci" })).toMatchObject({ username: "ci", submodules: "include" });
    expect(await patch({ password: null, filters: null, submodules: "leave_out" })).toMatchObject({
      username: null,
      has_password: false,
      filters: [],
      submodules: "leave_out",
    });
    expect(await patch({ username: "ci" })).toMatchObject({ status: 400, errors: [{ pointer: "/password" }] });
    const { db } = server.core.database;
    const events = await db.selectFrom("audit_events").selectAll().where("target_id", "=", id).execute();
    expect(events.map(({ action }) => action).sort()).toEqual([
      "source.created",
      ...Array<string>(5).fill("source.updated"),
    ]);
    const keys = await db.selectFrom("idempotency_keys").selectAll().execute();
    expect(JSON.stringify([events, server.logLines, keys, await read(server, owner, id)])).not.toContain(PASSWORD);
  });

  test("removes a source with its versions, says how many, and it is gone", async () => {
    await using directory = await makeTemporaryDirectory("sources");
    const url = await writeUpstream(directory.path);
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { id } = await add(server, owner, { url });
    await waitAndSync(server.core.sync, id);
    const removed = await server.api("DELETE", `/api/sources/${id}`, owner);
    expect([removed.status, removed.json()]).toEqual([200, { message: "Source removed", versions_withdrawn: 2 }]);
    for (const [method, rest] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/sync"],
      ["GET", "/runs"],
    ] as const) {
      const answer = await server.api(method, `/api/sources/${id}${rest}`, owner, method === "PATCH" ? {} : undefined);
      expect(answer.json(), method).toMatchObject({ status: 404, code: "resource.not_found" });
    }
    expect((await server.api("GET", "/api/sources", owner)).json()).toEqual([]);
  });

  // A vendor's script must not see, take over or widen what belongs to another vendor on the same server.
  test("keeps a caller within its package bound", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const acme = await server.createManagementToken({ scopes: SCOPES, prefixes: ["acme/"], shop: "eu" });
    const url = (name: string) => ({ url: `https://git.invalid/${name}.git` });
    const everything = await add(server, owner, url("everything"));
    const mixed = await add(server, owner, { ...url("mixed"), filters: ["acme/", "other/"] });
    const own = await add(server, owner, { ...url("own"), filters: ["acme/core"] });
    const listed = (await server.api("GET", "/api/sources", acme)).json() as Shown[];
    expect(listed.map(({ id }) => id)).toEqual([own.id]);
    for (const { id } of [everything, mixed]) {
      for (const [method, rest] of [
        ["GET", ""],
        ["PATCH", ""],
        ["DELETE", ""],
        ["POST", "/sync"],
        ["GET", "/runs"],
      ] as const) {
        const answer = await server.api(method, `/api/sources/${id}${rest}`, acme, method === "PATCH" ? {} : undefined);
        expect(answer.json(), method).toMatchObject({ status: 404 });
      }
    }
    for (const filters of [[], ["other/"], ["acme/", "other/"]]) {
      const refused = { status: 403, code: "auth.outside_bound", errors: [{ pointer: "/filters" }] };
      expect((await server.api("POST", "/api/sources", acme, { ...url("new"), filters })).json()).toMatchObject(
        refused,
      );
      expect((await server.api("PATCH", `/api/sources/${own.id}`, acme, { filters })).json()).toMatchObject(refused);
    }
    // A URL that is somebody else's source is answered as any other; the caller's own one twice is not.
    const [known, unknown] = [await add(server, acme, url("everything")), await add(server, acme, url("unheard-of"))];
    const alike = ({ url: _url, name: _name, id: _id, ...rest }: Shown & { url?: unknown; name?: unknown }) => rest;
    expect(alike(known)).toEqual(alike(unknown));
    expect((await server.api("POST", "/api/sources", acme, url("everything"))).text).toContain(known.id);
    const moved = await server.api("POST", "/api/sources", acme, url("mixed"));
    expect(moved.status).toBe(201);
    // What the server itself may read over ssh or as a file is for nobody with a bound, unless it is listed.
    for (const foreign of ["git@git.invalid:beta/secret.git", "file:///srv/beta/secret.git"]) {
      for (const [method, path] of [
        ["POST", "/api/sources"],
        ["POST", "/api/sources/probe"],
        ["PATCH", `/api/sources/${own.id}`],
      ] as const) {
        const answer = await server.api(method, path, acme, { url: foreign });
        expect(answer.json(), `${method} ${path}`).toMatchObject({ status: 403, errors: [{ pointer: "/url" }] });
      }
      expect((await server.api("POST", "/api/sources", owner, { url: foreign })).status).toBe(201);
    }
    // Left out or null, they are the caller's own bound.
    expect((await add(server, acme, url("new"))).filters).toEqual(["acme/"]);
    const widened = await server.api("PATCH", `/api/sources/${own.id}`, acme, { filters: null });
    expect(widened.json()).toMatchObject({ filters: ["acme/"] });
    expect(await read(server, owner, mixed.id)).toMatchObject({ filters: ["acme/", "other/"] });
  });

  test("lists syncs newest first, in pages, each once", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { id } = await add(server, owner);
    await waitAndSync(server.core.sync, id);
    const { db } = server.core.database;
    await db.deleteFrom("sync_runs").execute();
    const counts = { refs_total: 0, refs_read: 0, versions_published: 0, versions_withdrawn: 0, refs_skipped: 0 };
    for (const [run, started_at] of [
      ["run_a", 1],
      ["run_b", 2],
      ["run_c", 2],
      ["run_d", 3],
    ] as const) {
      const row = { id: run, source: id, started_at, finished_at: null, outcome: null, detail: null, ...counts };
      await db.insertInto("sync_runs").values(row).execute();
    }
    const ids: string[] = [];
    let next: string | undefined = `/api/sources/${id}/runs?limit=1`;
    while (next !== undefined) {
      const answer = await server.api("GET", next, owner);
      ids.push(...(answer.json() as { id: string }[]).map((run) => run.id));
      next = /^<[^>]*?(\/api[^>]*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    // The server syncs what was added by itself too, whenever it comes to it.
    expect(ids.filter((run) => run.length === "run_a".length)).toEqual(["run_d", "run_c", "run_b", "run_a"]);
  });

  test("refuses what makes no sense, by its field, and stores nothing", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const cases: [body: Record<string, unknown>, pointer: string][] = [
      [{ type: "composer" }, "/type"],
      [{ url: "ftp://git.invalid/x" }, "/url"],
      [{ name: "two\nlines" }, "/name"],
      [{ filters: ["acme"] }, "/filters/0"],
      [{ username: "ci" }, "/password"],
    ];
    for (const [body, pointer] of cases) {
      const answer = await server.api("POST", "/api/sources", owner, { url: "https://git.invalid/a.git", ...body });
      expect(answer.json(), JSON.stringify(body)).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    const withBody = await server.api("POST", "/api/sources/src_1/sync", owner, { force: true });
    expect(withBody.json()).toMatchObject({ status: 400, errors: [{ pointer: "/force" }] });
    expect((await server.api("GET", "/api/sources", owner)).json()).toEqual([]);
  });
});
