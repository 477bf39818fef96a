import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { addSource, removeSource } from "../sources/index.ts";
import { waitAndSync } from "./index.ts";

const json = (name: string) => ({ "composer.json": JSON.stringify({ name }) });

interface Entry {
  version: string;
  dist: { url: string };
}

/** Two repositories that offer acme/old: the first has the name, the second waits for it. */
async function setUp(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await makeTemporaryDirectory("owners"));
  const host = stack.use(await startGitHttpServer({ root: path }));
  const server = stack.use(await startTestServer(engine));
  const repository = async (folder: string, tag: string) => {
    const made = await GitRepository.create(join(path, folder));
    made.commit({ ...json("acme/old"), "from.txt": folder });
    made.tag(tag);
    await made.write();
    return made;
  };
  const [first, second] = [await repository("first.git", "1.0.0"), await repository("second.git", "1.0.1")];
  const { core } = server;
  const add = async (folder: string, name: string) => {
    const source = await addSource(core, commandLine, { url: `${host.url}/${folder}`, name });
    return { source, report: await waitAndSync(core.sync, source.id) };
  };
  const { source: owner } = await add("first.git", "The first");
  const { source: waiting, report } = await add("second.git", "The second");
  const manager = await server.createManagementToken({ scopes: ["sources:read", "tokens:write", "packages:read"] });
  const { token } = await sellToken(server, manager, { allowed_package_prefixes: ["acme/"] });
  const { db } = core.database;
  return {
    server,
    core,
    db,
    first,
    second,
    owner,
    waiting,
    report,
    manager,
    token,
    async tagged(): Promise<Entry[]> {
      const answer = await server.composer("/p2/acme/old.json", token);
      return (answer.json() as { packages: Record<string, Entry[]> }).packages["acme/old"] ?? [];
    },
    /** The server's scheduler does it by itself; the clock stands still, so it is no turn of its own. */
    async takenOver(): Promise<void> {
      await expect
        .poll(async () => (await this.tagged()).map(({ version }) => version), { timeout: 10_000 })
        .toEqual(["1.0.1"]);
    },
    audited: () => db.selectFrom("audit_events").selectAll().where("action", "=", "package.source_changed").execute(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(testEngines)("whose a name is, on %s", (engine) => {
  // A package is renamed, and a stub or a fork keeps the old name for those who bought it.
  test("one its owner gave up goes to the source that waits, at once; locks live on, and it does not come back", async () => {
    await using bench = await setUp(engine);
    const { core, db, first, owner, waiting } = bench;
    expect(bench.report.skipped[0]?.reason).toBe("the package belongs to another source: The first");
    const [old] = await bench.tagged();
    const archive = new URL(old?.dist.url ?? "").pathname;
    first.commit(json("acme/new"));
    await first.write();
    await waitAndSync(core.sync, owner.id);
    await bench.takenOver();
    expect((await bench.server.composer(archive, bench.token)).status).toBe(200);
    expect(await bench.audited()).toMatchObject([
      { actor_kind: "system", target_kind: "package", target_id: "acme/old" },
    ]);
    expect(JSON.parse((await bench.audited())[0]?.details ?? "")).toEqual({
      before: { source_id: owner.id, source: "The first" },
      after: { source_id: waiting.id, source: "The second" },
    });

    first.commit(json("acme/old"));
    await first.write();
    const back = await waitAndSync(core.sync, owner.id);
    expect(back.detail).toBe(
      "none of its 2 branches and tags can be imported; for example main: the package belongs to another source",
    );
    expect(back.skipped.map(({ reason }) => reason)).toEqual(
      Array(2).fill("the package belongs to another source: The second"),
    );
    expect((await bench.tagged()).map(({ version }) => version)).toEqual(["1.0.1"]);
    const live = await db
      .selectFrom("versions")
      .select("source")
      .distinct()
      .where("withdrawn_at", "is", null)
      .execute();
    // What it had published under its new name stays, because nothing of it can be read any more.
    expect(live.map(({ source }) => source).sort()).toEqual([owner.id, waiting.id].sort());
  });

  test("one that is still published, if only by a branch, stays with its owner", async () => {
    await using bench = await setUp(engine);
    bench.first.deleteTag("1.0.0");
    await bench.first.write();
    await waitAndSync(bench.core.sync, bench.owner.id);
    expect((await waitAndSync(bench.core.sync, bench.waiting.id)).outcome).toBe("failed");
    expect(await bench.audited()).toEqual([]);
  });

  test("removing its source lets the one that waits publish at once", async () => {
    await using bench = await setUp(engine);
    await removeSource(bench.core, commandLine, bench.owner.id);
    await bench.takenOver();
    expect(await bench.audited()).toHaveLength(1);
  });

  test("a caller within a bound learns that it is another's, not whose", async () => {
    await using bench = await setUp(engine);
    const { core, server } = bench;
    const row = { filters: '["acme/"]' };
    await bench.db.updateTable("sources").set(row).where("id", "=", bench.waiting.id).execute();
    await waitAndSync(core.sync, bench.waiting.id);
    const bounded = await server.createManagementToken({ scopes: ["sources:read"], prefixes: ["acme/"] });
    const answer = await server.api("GET", `/api/sources/${bench.waiting.id}`, bounded);
    expect(answer.json()).toMatchObject({ skipped: [{ reason: "the package belongs to another source" }, {}] });
    expect(answer.text).not.toContain("The first");
    const all = await server.api("GET", `/api/sources/${bench.waiting.id}`, bench.manager);
    expect(all.text).toContain("the package belongs to another source: The first");
  });
});
