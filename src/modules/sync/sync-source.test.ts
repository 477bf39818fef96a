import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createFileBlobStore } from "../../platform/blobs/index.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { GitError, createGit } from "../../platform/git/index.ts";
import { testBudgets } from "../../testing/budgets.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { createTestWorkers } from "../../testing/workers.ts";
import { commandLine } from "../callers/index.ts";
import { createArchives, mirrorDirectory } from "../packages/index.ts";
import { addSource, changeSource } from "../sources/index.ts";
import { createSyncScheduler, syncSource, waitAndSync } from "./index.ts";
import type { SyncDeps, SyncReport } from "./index.ts";

const PASSWORD = "s3cret-of-the-source";
/** Later than every date of the sample repositories. */
const START = 1_800_000_000;

const json = (manifest: object) => ({ "composer.json": JSON.stringify(manifest) });
const core = json({ name: "acme/core", description: "The core", type: "library" });

async function setUp(engine: TestEngine = "sqlite", build?: (upstream: GitRepository) => void) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("sync"));
  const testDatabase = stack.use(await createTestDatabase(engine));
  const upstream = await GitRepository.create(join(directory.path, "upstream", "core.git"));
  (build ?? threeReleases)(upstream);
  await upstream.write();
  const server = stack.use(
    await startGitHttpServer({ root: join(directory.path, "upstream"), username: "u", password: PASSWORD }),
  );
  const git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: false });
  stack.defer(() => git.close());
  const { database } = testDatabase;
  const dataDir = join(directory.path, "data");
  const clock = createTestClock(START);
  const blobs = await createFileBlobStore(join(dataDir, "archives"), () => clock.nowMs());
  const archives = createArchives({ database, blobs, git, clock, dataDir });
  const built: string[] = [];
  const buildArchive: SyncDeps["archives"]["buildArchive"] = (key, ...rest) => {
    built.push(key.reference);
    return archives.buildArchive(key, ...rest);
  };
  const logged: string[] = [];
  const write = (facts: object, message: string) =>
    logged.push(JSON.stringify([message, facts, String("err" in facts ? facts.err : "")]));
  const workers = createTestWorkers();
  stack.defer(() => workers.close());
  const deps: SyncDeps = {
    database,
    git,
    cipher: createCipher(Buffer.alloc(32, 3)),
    clock,
    archives: { ...archives, buildArchive },
    dataDir,
    workers,
    sourcePolicy: { allowLocalSources: false, allowPrivateNetworks: true },
    budgets: testBudgets.reading,
    log: { info: write, warn: write, error: write },
  };
  const add = (input: { url?: string; path?: string; filters?: string[]; password?: string } = {}) =>
    addSource(deps, commandLine, {
      url: input.url ?? `${server.url}/${input.path ?? "core.git"}`,
      username: "u",
      password: input.password ?? PASSWORD,
      filters: input.filters,
    });
  const { db } = database;
  return {
    directory: directory.path,
    upstream,
    server,
    deps,
    clock,
    logged,
    archives,
    /** The commits of which syncs had an archive built. */
    built,
    add,
    db,
    mirror: (id: string) => mirrorDirectory(dataDir, id),
    /** The names of all stored archives. */
    async blobs(): Promise<string[]> {
      const files = await readdir(join(dataDir, "archives"), { recursive: true, withFileTypes: true });
      return files.filter((file) => file.isFile()).map((file) => file.name);
    },
    runs: () => db.selectFrom("sync_runs").selectAll().execute(),
    async sync(id: string): Promise<SyncReport> {
      const report = await syncSource(deps, id);
      if (report === "busy") throw new Error("busy");
      return report;
    },
    /** Upstream as it is now, then a sync of it. */
    async pushAndSync(id: string): Promise<SyncReport> {
      await upstream.write();
      clock.advanceSeconds(60);
      return await this.sync(id);
    },
    live: () => db.selectFrom("versions").selectAll().where("withdrawn_at", "is", null).orderBy("version").execute(),
    all: () => db.selectFrom("versions").selectAll().orderBy("version").execute(),
    source: (id: string) => db.selectFrom("sources").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
    package: (name = "acme/core") =>
      db.selectFrom("packages").selectAll().where("name", "=", name).executeTakeFirstOrThrow(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function threeReleases(upstream: GitRepository): void {
  upstream.commit(core, { date: "2024-01-01T00:00:00Z", authorDate: "2023-12-31T00:00:00Z" });
  upstream.tag("1.0.0", { annotated: true, date: "2024-01-02T00:00:00Z" });
  upstream.commit({ "a.txt": "1" }, { date: "2024-02-01T00:00:00Z" });
  upstream.tag("v1.1.0");
  upstream.commit({ "a.txt": "2" }, { date: "2024-03-01T00:00:00Z" });
}

const seconds = (text: string) => Date.parse(text) / 1000;

describe.each(testEngines)("the first sync on %s", (engine) => {
  test("publishes every tag and branch with its dates, commit and metadata", async () => {
    await using bench = await setUp(engine);
    const source = await bench.add();
    const report = await bench.sync(source.id);
    expect(report).toMatchObject({
      outcome: "succeeded",
      refsTotal: 3,
      refsRead: 3,
      versionsPublished: 3,
      skipped: [],
    });
    expect(await bench.live()).toMatchObject([
      {
        version: "1.0.0",
        version_normalized: "1.0.0.0",
        stability: "stable",
        is_dev: 0,
        reference: await bench.upstream.resolve("1.0.0"),
        time: seconds("2023-12-31T00:00:00Z"),
        released_at: seconds("2024-01-02T00:00:00Z"),
        shasum: "",
        published_at: START,
      },
      { version: "dev-main", stability: "dev", is_dev: 1, released_at: seconds("2024-03-01T00:00:00Z") },
      { version: "v1.1.0", version_normalized: "1.1.0.0", released_at: seconds("2024-02-01T00:00:00Z"), shasum: "" },
    ]);
    const metadata = JSON.parse((await bench.live())[1]?.metadata ?? "") as object;
    expect(metadata).toEqual({
      name: "acme/core",
      description: "The core",
      type: "library",
      version: "dev-main",
      version_normalized: "dev-main",
      "default-branch": true,
    });
    expect(await bench.package()).toMatchObject({
      source: source.id,
      revision: 1,
      description: "The core",
      type: "library",
    });
    expect(await bench.source(source.id)).toMatchObject({
      state: "active",
      state_detail: null,
      claimed_by: null,
      synced_at: START,
    });
    const [run] = await bench.db.selectFrom("sync_runs").selectAll().execute();
    expect(run).toMatchObject({ outcome: "succeeded", refs_total: 3, versions_published: 3, finished_at: START });
  });

  test("of 1,200 tags fits the parameters of a statement", async () => {
    await using bench = await setUp(engine, (upstream) => {
      upstream.commit(core);
      for (let index = 0; index < 1200; index++) upstream.tag(`1.0.${index}`);
    });
    const source = await bench.add();
    expect((await bench.sync(source.id)).versionsPublished).toBe(1201);
    bench.upstream.deleteTag("1.0.7");
    expect(await bench.pushAndSync(source.id)).toMatchObject({
      refsRead: 0,
      versionsPublished: 0,
      versionsWithdrawn: 1,
    });
  });
});

test("10,000 refs are read through one process, while the server goes on answering", async () => {
  await using bench = await setUp("sqlite", (upstream) => {
    upstream.commit(core);
    for (let index = 0; index < 9_999; index++) upstream.tag(`1.${index % 100}.${Math.floor(index / 100)}`);
  });
  const source = await bench.add();
  const started: string[] = [];
  const { git } = bench.deps;
  const counting: typeof git = {
    ...git,
    start: (args, options) => (started.push(args[0] ?? ""), git.start(args, options)),
  };
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const report = await syncSource({ ...bench.deps, git: counting }, source.id);
  clearInterval(timer);
  expect(report).toMatchObject({ refsRead: 10_000, versionsPublished: 10_000 });
  // One to list the refs, one to read all of them, one for each level of their directories, for the readme, the hints.
  expect(started).toEqual(["ls-remote", "cat-file", "cat-file", "cat-file", "cat-file"]);
  expect(turns).toBeGreaterThan(50);
});

describe("a later sync", () => {
  test("of an unmoved repository asks for its refs only, changes nothing and tells no cache", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    const before = [await bench.all(), await bench.package()];
    const topics: string[] = [];
    bench.deps.database.changes.subscribe((topic) => topics.push(topic));
    bench.server.requests.length = 0;
    expect(await bench.pushAndSync(source.id)).toMatchObject({
      refsRead: 0,
      versionsPublished: 0,
      versionsWithdrawn: 0,
    });
    expect(bench.server.requests.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect([await bench.all(), await bench.package()]).toEqual(before);
    expect(topics).not.toContain("packages");
  });

  test("reads what moved and nothing else, and tells the caches", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    const topics: string[] = [];
    bench.deps.database.changes.subscribe((topic) => topics.push(topic));
    bench.upstream.tag("1.2.0", { annotated: true, date: "2024-03-02T00:00:00Z" });
    expect(await bench.pushAndSync(source.id)).toMatchObject({ refsTotal: 4, refsRead: 1, versionsPublished: 1 });
    expect(topics).toContain("packages");
    expect((await bench.package()).revision).toBe(2);
  });

  test("dates a new lightweight tag by the moment it was seen, a new annotated one by itself", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    bench.upstream.tag("1.2.0");
    bench.upstream.tag("1.3.0", { annotated: true, date: "2024-03-02T00:00:00Z" });
    await bench.pushAndSync(source.id);
    const versions = await bench.live();
    expect(versions.find(({ version }) => version === "1.2.0")?.released_at).toBe(START + 60);
    expect(versions.find(({ version }) => version === "1.3.0")?.released_at).toBe(seconds("2024-03-02T00:00:00Z"));
  });

  test("dates a lightweight tag that was left out before by the moment it was first seen", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    await bench.db.updateTable("sources").set({ filters: '["other/"]' }).execute();
    bench.upstream.tag("1.2.0");
    await bench.pushAndSync(source.id);
    expect((await bench.live()).map(({ version }) => version)).not.toContain("1.2.0");
    await bench.db.updateTable("sources").set({ filters: "[]" }).execute();
    bench.clock.advanceSeconds(86_400);
    await bench.sync(source.id);
    const versions = await bench.live();
    expect(versions.find(({ version }) => version === "1.2.0")?.released_at).toBe(START + 60);
  });

  test("publishes the checksum of a new tag with it, and that is the sha1 of what is downloaded", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    bench.upstream.commit({ "a.txt": "3" });
    bench.upstream.tag("1.2.0");
    await bench.pushAndSync(source.id);
    const version = (await bench.live()).find((candidate) => candidate.version === "1.2.0");
    expect(version?.shasum).toMatch(/^[0-9a-f]{40}$/);
    const archive = await bench.archives.openArchive({ packageId: version!.package, reference: version!.reference });
    archive?.stream.destroy();
    expect(archive?.sha1).toBe(version?.shasum);
    expect((await bench.live()).find(({ is_dev }) => is_dev === 1)?.shasum).toBe("");
  });

  test("of more than 20 new tags is an import without checksums", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    for (let index = 0; index < 21; index++) bench.upstream.tag(`2.0.${index}`);
    await bench.pushAndSync(source.id);
    expect((await bench.live()).every(({ shasum }) => shasum === "")).toBe(true);
  });

  test("of a moved tag publishes the new commit, keeps the release date, and the old commit can still be downloaded", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    const [old] = (await bench.live()).filter(({ version }) => version === "1.0.0");
    bench.upstream.commit({ "a.txt": "moved" });
    bench.upstream.moveTag("1.0.0", { annotated: true, date: "2024-06-01T00:00:00Z" });
    expect(await bench.pushAndSync(source.id)).toMatchObject({ versionsPublished: 2, versionsWithdrawn: 2 });
    const [moved] = (await bench.live()).filter(({ version }) => version === "1.0.0");
    expect(moved?.reference).toBe(await bench.upstream.resolve("1.0.0"));
    expect(moved?.released_at).toBe(old?.released_at);
    expect((await bench.all()).find(({ id }) => id === old?.id)?.withdrawn_at).toBe(START + 60);
    const archive = await bench.archives.openArchive({ packageId: old!.package, reference: old!.reference });
    expect((await buffer(archive!.stream)).length).toBeGreaterThan(100);
  });

  test("of a deleted tag withdraws it, and when it comes back it is the same version with the same date and checksum", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    bench.upstream.tag("1.2.0");
    await bench.pushAndSync(source.id);
    const before = (await bench.live()).find(({ version }) => version === "1.2.0");
    bench.upstream.deleteTag("1.2.0");
    expect(await bench.pushAndSync(source.id)).toMatchObject({ versionsWithdrawn: 1 });
    expect((await bench.live()).map(({ version }) => version)).not.toContain("1.2.0");
    bench.upstream.tag("1.2.0");
    expect(await bench.pushAndSync(source.id)).toMatchObject({ versionsPublished: 1 });
    expect((await bench.live()).find(({ version }) => version === "1.2.0")).toEqual(before);
    expect((await bench.package()).revision).toBe(4);
  });

  test("of a rebased branch keeps the lost commit buildable, even when the remote has collected it", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    const [old] = (await bench.live()).filter(({ version }) => version === "dev-main");
    bench.upstream.orphanBranch("main");
    bench.upstream.commit({ ...core, "b.txt": "rebased" });
    await bench.pushAndSync(source.id);
    execFileSync("git", [`--git-dir=${bench.upstream.directory}`, "gc", "--prune=now", "--quiet"]);
    execFileSync("git", [`--git-dir=${bench.mirror(source.id)}`, "gc", "--prune=now", "--quiet"]);
    const archive = await bench.archives.openArchive({ packageId: old!.package, reference: old!.reference });
    expect((await buffer(archive!.stream)).length).toBeGreaterThan(100);
  });

  test("after the default branch took another name renames every version", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    bench.upstream.commit(json({ name: "acme/kernel" }));
    expect(await bench.pushAndSync(source.id)).toMatchObject({
      refsRead: 3,
      versionsPublished: 3,
      versionsWithdrawn: 3,
    });
    const kernel = await bench.package("acme/kernel");
    expect((await bench.live()).every((version) => version.package === kernel.id)).toBe(true);
    expect((await bench.package("acme/core")).revision).toBe(2);
  });

  test("after another branch became the default one marks that one", async () => {
    await using bench = await setUp();
    bench.upstream.branch("2.x");
    const source = await bench.add();
    await bench.pushAndSync(source.id);
    await bench.upstream.setDefaultBranch("2.x");
    await bench.pushAndSync(source.id);
    const marked = (await bench.live()).filter(({ metadata }) => metadata.includes("default-branch"));
    expect(marked.map(({ version }) => version)).toEqual(["2.x-dev"]);
  });
});

describe("a ref that cannot be published is skipped with a reason, and the rest is published", () => {
  const reasonOf = (report: SyncReport, ref: string) => report.skipped.find((skipped) => skipped.ref === ref)?.reason;

  test("whatever is wrong with it", async () => {
    await using bench = await setUp("sqlite", (upstream) => {
      upstream.commit(core);
      upstream.tag("1.0.0");
      const broken: Record<string, Record<string, string | null>> = {
        "2.0.0": { "composer.json": "{" },
        "2.1.0": { "composer.json": "" },
        "2.2.0": { "composer.json": "{}" },
        "2.3.0": { "composer.json": null },
        "2.4.0": json({ name: "acme/core", require: { "acme/x": "no constraint!" } }),
        "2.5.0": json({ name: "acme/core", version: "9.9.9" }),
        "2.6.0": { "composer.json": "x".repeat(1_000_001) },
        "2.7.0": json({ name: "acme/core", description: "\0\ud800" }),
        nightly: core,
      };
      for (const [tag, change] of Object.entries(broken)) {
        upstream.commit(change);
        upstream.tag(tag);
      }
      upstream.commit(core);
      upstream.tag("v1.0.0");
    });
    const source = await bench.add();
    const report = await bench.sync(source.id);
    expect(report.outcome).toBe("succeeded");
    expect((await bench.live()).map(({ version }) => version)).toEqual(["1.0.0", "dev-main"]);
    expect(reasonOf(report, "2.0.0")).toContain("not valid JSON");
    for (const tag of ["2.1.0", "2.2.0", "2.3.0"]) expect(reasonOf(report, tag)).toBe("it has no composer.json");
    expect(reasonOf(report, "2.4.0")).toContain("require.acme/x");
    expect(reasonOf(report, "2.5.0")).toContain("does not match");
    expect(reasonOf(report, "2.6.0")).toContain("1000001 bytes");
    expect(reasonOf(report, "2.7.0")).toContain("surrogate");
    expect(reasonOf(report, "nightly")).toContain("not a version");
    expect(reasonOf(report, "v1.0.0")).toBe("it means the same version as 1.0.0, which comes first");
    expect(await bench.source(source.id)).toMatchObject({ state: "active" });
    const rows = await bench.db.selectFrom("source_refs").selectAll().where("skipped_reason", "is not", null).execute();
    expect(rows).toHaveLength(10);
  });

  test("when it means the same number as another in other digits, whichever was published before", async () => {
    await using bench = await setUp("sqlite", (upstream) => {
      upstream.commit(core);
      for (const tag of ["1.1", "1.2-beta1", "1.3.0-RC1"]) upstream.tag(tag);
    });
    const source = await bench.add();
    await bench.sync(source.id);
    for (const tag of ["1.01.0", "v1.02.0-b01", "v1.3-rc.01"]) bench.upstream.tag(tag);
    const report = await bench.pushAndSync(source.id);
    // The first by name counts, as with Composer.
    expect(report.skipped.map(({ ref, reason }) => [ref, reason])).toEqual([
      ["1.1", "it means the same version as 1.01.0, which comes first"],
      ["v1.02.0-b01", "it means the same version as 1.2-beta1, which comes first"],
      ["v1.3-rc.01", "it means the same version as 1.3.0-RC1, which comes first"],
    ]);
    expect((await bench.live()).map(({ version }) => version)).toEqual([
      "1.01.0",
      "1.2-beta1",
      "1.3.0-RC1",
      "dev-main",
    ]);
  });

  test("and is taken as soon as the one it doubled is gone", async () => {
    await using bench = await setUp("sqlite", (upstream) => {
      upstream.commit(core);
      upstream.tag("1.0");
      upstream.tag("v1.0.0");
    });
    const source = await bench.add();
    await bench.sync(source.id);
    bench.upstream.deleteTag("1.0");
    await bench.pushAndSync(source.id);
    expect((await bench.live()).map(({ version }) => version)).toEqual(["dev-main", "v1.0.0"]);
  });

  test("when it is outside the filters", async () => {
    await using bench = await setUp("sqlite", (upstream) => {
      // No default branch names them, so each has its own name.
      upstream.branch("other");
      upstream.commit(json({ name: "acme/core" }));
      upstream.tag("1.0.0");
      upstream.commit(json({ name: "acme-evil/core" }));
      upstream.tag("1.1.0");
      upstream.commit({ "composer.json": "{" });
    });
    const source = await bench.add({ filters: ["acme/*"] });
    const report = await bench.sync(source.id);
    expect((await bench.live()).map(({ version }) => version)).toEqual(["1.0.0"]);
    expect(reasonOf(report, "1.1.0")).toBe("acme-evil/core is outside the filters of the source");
  });

  test("when another source owns the name, which then keeps it", async () => {
    await using bench = await setUp();
    const first = await bench.add();
    await bench.sync(first.id);
    const copy = await GitRepository.create(join(bench.directory, "upstream", "copy.git"));
    copy.commit({ ...core, "evil.php": "" });
    copy.tag("9.0.0");
    await copy.write();
    const second = await bench.add({ path: "copy.git" });
    const report = await bench.sync(second.id);
    expect(report.outcome).toBe("failed");
    expect(reasonOf(report, "9.0.0")).toBe(`the package belongs to another source: ${first.name}`);
    expect((await bench.live()).every(({ source }) => source === first.id)).toBe(true);
    // Read again although nothing moved: who owns a name can change.
    await bench.db.updateTable("sources").set({ removed_at: 1 }).where("id", "=", first.id).execute();
    expect(await bench.sync(second.id)).toMatchObject({ outcome: "succeeded", versionsPublished: 2 });
    expect((await bench.package()).source).toBe(second.id);
  });
});

describe("a source is failing, in words, and what was published stays", () => {
  test("with nothing importable", async () => {
    await using bench = await setUp("sqlite", (upstream) => void upstream.commit({ "README.md": "" }));
    const source = await bench.add();
    expect((await bench.sync(source.id)).detail).toBe(
      "none of its 1 branches and tags can be imported; for example main: it has no composer.json",
    );
    expect(await bench.source(source.id)).toMatchObject({ state: "failing", synced_at: null });
  });

  test("when empty", async () => {
    await using bench = await setUp("sqlite", () => undefined);
    const source = await bench.add();
    expect((await bench.sync(source.id)).detail).toContain("no branches and no tags");
  });

  test("when the repository was emptied", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    await rm(bench.upstream.directory, { recursive: true });
    await GitRepository.create(bench.upstream.directory);
    expect((await bench.sync(source.id)).outcome).toBe("failed");
    expect(await bench.live()).toHaveLength(3);
  });

  test("with a wrong password, which is in no log, state or report", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    bench.server.credentials = { username: "u", password: "changed" };
    const report = await bench.sync(source.id);
    expect(report.detail).toContain("check the user name and the password");
    const row = await bench.source(source.id);
    expect(row).toMatchObject({ state: "failing", state_detail: report.detail, claimed_by: null });
    expect(row.next_sync_at).toBeGreaterThan(START);
    const runs = await bench.db.selectFrom("sync_runs").selectAll().execute();
    const everything = JSON.stringify([report, row, runs, bench.logged]);
    expect(bench.logged).toHaveLength(1);
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toContain(Buffer.from(`u:${PASSWORD}`).toString("base64"));
    const files = await readdir(bench.mirror(source.id), { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const content = await readFile(join(file.parentPath, file.name), "latin1");
      expect(content.includes(PASSWORD) || content.includes(bench.server.url)).toBe(false);
    }
    expect(await bench.live()).toHaveLength(3);
    bench.server.credentials = { username: "u", password: PASSWORD };
    await bench.sync(source.id);
    expect(await bench.source(source.id)).toMatchObject({ state: "active", state_detail: null });
  });

  test("when its URL redirects, with the URL to use, and the password goes nowhere else", async () => {
    await using bench = await setUp();
    const authorizations: (string | undefined)[] = [];
    const moved = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      response.writeHead(301, { location: `https://new.acme.test${request.url ?? ""}` }).end();
    });
    moved.listen(0, "127.0.0.1");
    await once(moved, "listening");
    const { port } = moved.address() as AddressInfo;
    const source = await bench.add({ url: `http://127.0.0.1:${port}/old/core.git` });
    const report = await bench.sync(source.id);
    moved.close();
    expect(report.detail).toBe(
      `http://127.0.0.1:${port}/old/core.git redirects to https://new.acme.test/old/core.git: use that URL`,
    );
    expect(authorizations.at(-1)).toBeUndefined();
  });

  test("when its address is no longer allowed", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    const strict = { ...bench.deps, sourcePolicy: { allowLocalSources: false, allowPrivateNetworks: false } };
    const report = await syncSource(strict, source.id);
    expect(report !== "busy" && report.detail).toContain("ALLOW_PRIVATE_NETWORKS=1");
    expect(bench.server.requests).toEqual([]);
  });
});

describe("one sync of a source at a time", () => {
  test("two at once: one syncs, the other is told", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    const results = await Promise.all([syncSource(bench.deps, source.id), syncSource(bench.deps, source.id)]);
    expect(results.filter((result) => result === "busy")).toHaveLength(1);
    expect(await bench.live()).toHaveLength(3);
  });

  test("whoever waits syncs afterwards and sees what was pushed meanwhile", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    let waited = 0;
    const reports = await Promise.all(
      [1, 2, 3].map(() => waitAndSync(bench.deps, source.id, { onWait: () => waited++ })),
    );
    expect(reports.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(waited).toBe(2);
    expect(
      await bench.db.selectFrom("sync_runs").selectAll().where("outcome", "=", "succeeded").execute(),
    ).toHaveLength(3);
  });

  test.each([
    ["of a dead process of this host", `${hostname()}:4194999:x`, START + 60],
    ["of an earlier process with our own pid", `${hostname()}:${process.pid}:x`, START + 60],
    ["of a host that gave no sign of life", "elsewhere:1:x", START],
  ])("a claim %s is taken over at once, and its run is closed", async (_, claimedBy, until) => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.db
      .updateTable("sources")
      .set({ claimed_by: claimedBy, claimed_until: until, state: "syncing" })
      .execute();
    const counts = { refs_total: 0, refs_read: 0, versions_published: 0, versions_withdrawn: 0, refs_skipped: 0 };
    await bench.db
      .insertInto("sync_runs")
      .values({ id: "run_x", source: source.id, started_at: START - 5, ...counts })
      .execute();
    expect((await bench.sync(source.id)).outcome).toBe("succeeded");
    const run = await bench.db.selectFrom("sync_runs").selectAll().where("id", "=", "run_x").executeTakeFirst();
    expect(run).toMatchObject({ outcome: "failed", detail: "interrupted", finished_at: START });
  });

  test.each([
    ["of a living process of this host", `${hostname()}:1:x`],
    ["of another host", "elsewhere:1:x"],
  ])("a claim %s holds", async (_, claimedBy) => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.db
      .updateTable("sources")
      .set({ claimed_by: claimedBy, claimed_until: START + 1 })
      .execute();
    expect(await syncSource(bench.deps, source.id)).toBe("busy");
  });

  test("a sync whose claim was taken writes nothing", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    const steal = bench.db.updateTable("sources").set({ claimed_by: "elsewhere:1:x" });
    const report = await syncSource(bench.deps, source.id, {
      onProgress: ({ phase }) => (phase === "publishing" ? void steal.execute() : undefined),
    });
    expect(report).toMatchObject({ outcome: "failed" });
    expect(await bench.all()).toEqual([]);
    expect(await bench.source(source.id)).toMatchObject({ claimed_by: "elsewhere:1:x" });
  });

  test("an unknown source is said to be unknown", async () => {
    await using bench = await setUp();
    await expect(syncSource(bench.deps, "src_unknown")).rejects.toMatchObject({ code: "resource.not_found" });
  });
});

describe("the mirror heals itself", () => {
  test("after git was killed in the middle", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    await writeFile(join(bench.mirror(source.id), "packed-refs.lock"), "");
    await writeFile(join(bench.mirror(source.id), "objects", "pack", "tmp_pack_x"), "half");
    bench.upstream.tag("1.2.0");
    expect(await bench.pushAndSync(source.id)).toMatchObject({ outcome: "succeeded", versionsPublished: 1 });
  });

  test("when it is lost, and published commits stay buildable", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    await rm(bench.mirror(source.id), { recursive: true });
    expect(await bench.pushAndSync(source.id)).toMatchObject({ outcome: "succeeded", refsRead: 0 });
    for (const { package: packageId, reference } of await bench.live()) {
      const archive = await bench.archives.openArchive({ packageId, reference });
      archive?.stream.destroy();
      expect(archive?.sizeBytes).toBeGreaterThan(100);
    }
  });

  test("when its objects are damaged, without losing a commit that upstream has forgotten", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    const [old] = (await bench.live()).filter(({ version }) => version === "dev-main");
    bench.upstream.orphanBranch("main");
    bench.upstream.commit({ ...core, "b.txt": "rebased" });
    await bench.pushAndSync(source.id);
    execFileSync("git", [`--git-dir=${bench.upstream.directory}`, "gc", "--prune=now", "--quiet"]);
    // The pack with the rebased commit is lost; the first one, with the one that nobody else has, is whole.
    const packs = join(bench.mirror(source.id), "objects", "pack");
    const rebased = await bench.upstream.resolve("main");
    for (const name of (await readdir(packs)).filter((candidate) => candidate.endsWith(".idx"))) {
      const list = execFileSync("git", ["show-index"], { input: await readFile(join(packs, name)) });
      if (list.includes(rebased)) await rm(join(packs, name.replace(".idx", ".pack")), { force: true });
    }
    await bench.db.updateTable("sources").set({ reading_key: null }).execute();
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded" });
    expect(bench.logged.join()).toContain("damaged");
    const archive = await bench.archives.openArchive({ packageId: old!.package, reference: old!.reference });
    expect((await buffer(archive!.stream)).length).toBeGreaterThan(100);
  });

  // Else every sync would put another copy aside, until the disk is full.
  test("but is left as it is when the remote repository is what is damaged", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await bench.sync(source.id);
    bench.upstream.commit({ "c.txt": "new" });
    await bench.upstream.write();
    const { git } = bench.deps;
    const failing: typeof git = {
      ...git,
      run: (args, options) =>
        args[0] === "fetch" ? Promise.reject(new GitError("damaged", "bad object")) : git.run(args, options),
    };
    const report = await syncSource({ ...bench.deps, git: failing }, source.id);
    expect(report !== "busy" && report.detail).toContain("is damaged itself: run git fsck there");
    expect(await readdir(join(bench.mirror(source.id), ".."))).toEqual([`${source.id}.git`]);
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", versionsPublished: 1 });
  });

  test("from half of an initialisation", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    await mkdir(join(bench.mirror(source.id), "objects"), { recursive: true });
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", versionsPublished: 3 });
  });
});

describe("the scheduler", () => {
  test("syncs new sources at once and all again when their time has come", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    let tick: () => void = () => undefined;
    const scheduler = createSyncScheduler(bench.deps, (_, work) => {
      tick = work;
      return () => (tick = () => undefined);
    });
    scheduler.start();
    await scheduler.runDue();
    expect(await bench.source(source.id)).toMatchObject({ state: "active", synced_at: START });
    const due = (await bench.source(source.id)).next_sync_at;
    expect(due).toBeGreaterThanOrEqual(START + 810);
    expect(due).toBeLessThanOrEqual(START + 990);
    await scheduler.runDue();
    expect((await bench.source(source.id)).synced_at).toBe(START);
    bench.clock.setSeconds(due);
    tick();
    await scheduler.runDue();
    expect((await bench.source(source.id)).synced_at).toBe(due);
    await scheduler.stop();
  });

  test("syncs others while repositories that never answer hold all its places", async () => {
    await using bench = await setUp();
    const hanging = createServer();
    hanging.listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const { port } = hanging.address() as AddressInfo;
    const asked = () => once(hanging, "request");
    const scheduler = createSyncScheduler(bench.deps, () => () => undefined);
    try {
      for (const name of ["one", "two"]) {
        const begun = asked();
        await bench.add({ url: `http://127.0.0.1:${port}/${name}.git` });
        void scheduler.runDue();
        await begun;
      }
      const honest = await bench.add();
      const isPublished = async () => (await bench.source(honest.id)).state === "active";
      void scheduler.runDue();
      bench.clock.advanceSeconds(59);
      expect(await bench.runs()).toHaveLength(2);
      bench.clock.advanceSeconds(1);
      void scheduler.runDue();
      await expect.poll(isPublished, { timeout: 20_000 }).toBe(true);
    } finally {
      hanging.closeAllConnections();
      hanging.close();
      await scheduler.stop();
    }
  });

  test("ends a running sync when it stops, and leaves the source to the next start", async () => {
    await using bench = await setUp();
    const source = await bench.add();
    const scheduler = createSyncScheduler(bench.deps, () => () => undefined);
    const asked = new Promise<void>((resolve) => {
      const push = bench.server.requests.push.bind(bench.server.requests);
      bench.server.requests.push = (...items) => {
        resolve();
        return push(...items);
      };
    });
    scheduler.start();
    await asked;
    await scheduler.stop();
    const row = await bench.source(source.id);
    expect(row).toMatchObject({ state: "pending", claimed_by: null, next_sync_at: START });
  });
});

describe.each(testEngines)("archives at a sync on %s: nothing is stored that no row names", (engine) => {
  const rowsOf = (bench: Awaited<ReturnType<typeof setUp>>) => bench.db.selectFrom("archives").selectAll().execute();
  const synced = async () => {
    const bench = await setUp(engine);
    const source = await bench.add();
    await bench.sync(source.id);
    return { bench, id: source.id };
  };

  test("none is built for a tag that means the same version as another, however often it is read", async () => {
    const { bench: made, id } = await synced();
    await using bench = made;
    bench.upstream.commit({ "a.txt": "3" });
    bench.upstream.tag("1.2.0");
    bench.upstream.commit({ "a.txt": "4" });
    bench.upstream.tag("v1.2.0");
    for (let round = 0; round < 3; round++) await bench.pushAndSync(id);
    expect(await bench.blobs()).toHaveLength(1);
    expect(bench.built).toEqual([await bench.upstream.resolve("1.2.0")]);
    expect((await rowsOf(bench)).map(({ reference }) => reference)).toEqual([await bench.upstream.resolve("1.2.0")]);
  });

  test("none is built for a tag of a package that another source owns", async () => {
    const { bench: made } = await synced();
    await using bench = made;
    const copy = await GitRepository.create(join(bench.directory, "upstream", "copy.git"));
    copy.commit(json({ name: "acme/copy" }));
    copy.tag("1.0.0");
    copy.commit({ "composer.json": "{" });
    await copy.write();
    const { id } = await bench.add({ path: "copy.git" });
    expect((await bench.sync(id)).versionsPublished).toBe(1);
    copy.commit(core);
    copy.tag("9.0.0");
    copy.commit({ "composer.json": "{" });
    await copy.write();
    expect((await bench.sync(id)).skipped.map(({ ref }) => ref)).toContain("9.0.0");
    expect([bench.built, await bench.blobs()]).toEqual([[], []]);
  });

  test("two tags of one commit have one", async () => {
    const { bench: made, id } = await synced();
    await using bench = made;
    bench.upstream.commit({ "a.txt": "3" });
    bench.upstream.tag("1.2.0");
    bench.upstream.tag("1.3.0");
    expect((await bench.pushAndSync(id)).versionsPublished).toBe(3);
    expect([bench.built.length, (await bench.blobs()).length]).toEqual([1, 1]);
  });

  test("its bytes are deleted when another process's row wins", async () => {
    const { bench: made, id } = await synced();
    await using bench = made;
    bench.upstream.tag("1.2.0");
    await bench.upstream.write();
    const buildArchive: SyncDeps["archives"]["buildArchive"] = async (...args) => {
      const row = await bench.archives.buildArchive(...args);
      await bench.db
        .insertInto("archives")
        .values({ ...row, blob_key: "rival.zip" })
        .execute();
      return row;
    };
    const report = await syncSource({ ...bench.deps, archives: { ...bench.archives, buildArchive } }, id);
    expect(report).toMatchObject({ outcome: "succeeded", versionsPublished: 1 });
    expect(await bench.blobs()).toEqual([]);
  });

  // What the look at its tree does not find, git itself says.
  test("that git refuses to make keeps the version back, with the reason", async () => {
    const { bench: made, id } = await synced();
    await using bench = made;
    bench.upstream.tag("1.2.0");
    await bench.upstream.write();
    const buildArchive: SyncDeps["archives"]["buildArchive"] = () =>
      Promise.reject(new GitError("other", "git failed: invalid path"));
    const before = (await bench.live()).map(({ version }) => version);
    const report = await syncSource({ ...bench.deps, archives: { ...bench.archives, buildArchive } }, id);
    expect(report).toMatchObject({ outcome: "succeeded", versionsPublished: 0 });
    expect((report as SyncReport).skipped).toEqual([
      { ref: "1.2.0", label: "acme/core 1.2.0", reason: "its archive cannot be made: git failed: invalid path" },
    ]);
    expect((await bench.live()).map(({ version }) => version)).toEqual(before);
  });

  test("its bytes are deleted when the versions cannot be written", async () => {
    const { bench: made, id } = await synced();
    await using bench = made;
    bench.upstream.tag("1.2.0");
    await bench.upstream.write();
    let isPublishing = false;
    const { database } = bench.deps;
    const transaction: typeof database.transaction = (work) => {
      const isBroken = isPublishing;
      isPublishing = false;
      return isBroken ? Promise.reject(new Error("disk full")) : database.transaction(work);
    };
    const deps = { ...bench.deps, database: { ...database, transaction } };
    const onProgress = ({ phase }: { phase: string }) => (isPublishing = phase === "publishing");
    expect(await syncSource(deps, id, { onProgress })).toMatchObject({ outcome: "failed" });
    expect(await bench.blobs()).toEqual([]);
    expect((await bench.sync(id)).versionsPublished).toBe(1);
    expect(await bench.blobs()).toHaveLength(1);
  });

  test("a stop ends the build that is running, and what was built before it is deleted", async () => {
    const { bench: made, id } = await synced();
    await using bench = made;
    bench.upstream.tag("1.2.0");
    bench.upstream.commit({ "a.txt": "3" });
    bench.upstream.tag("1.3.0");
    await bench.upstream.write();
    const stopping = new AbortController();
    let builds = 0;
    const buildArchive: SyncDeps["archives"]["buildArchive"] = (...args) => {
      if (++builds === 2) stopping.abort();
      return bench.archives.buildArchive(...args);
    };
    const deps = { ...bench.deps, archives: { ...bench.archives, buildArchive } };
    const report = await syncSource(deps, id, { signal: stopping.signal });
    expect(report).toMatchObject({ outcome: "failed", detail: "interrupted" });
    expect(builds).toBe(2);
    expect(await bench.blobs()).toEqual([]);
  });
});

// Each command of its own is within its limits; a hundred of them would hold one of two places for a day.
test("a sync that takes too long all together is ended, gives the source back, and goes on at the next one", async () => {
  await using bench = await setUp();
  const { id } = await bench.add();
  const { git, clock } = bench.deps;
  const slow: typeof git = {
    ...git,
    run: async (args, options) => {
      if (args.includes("init")) bench.clock.advanceSeconds(90 * 60);
      return await git.run(args, options);
    },
  };
  const report = await syncSource({ ...bench.deps, git: slow, clock }, id);
  expect(report).toMatchObject({ outcome: "failed", detail: expect.stringContaining("SYNC_MAX_MINUTES") as unknown });
  expect(await bench.source(id)).toMatchObject({ state: "failing", claimed_by: null });
  expect(await syncSource(bench.deps, id)).toMatchObject({ outcome: "succeeded" });
});

describe.each(testEngines)("the table of sources on %s", (engine) => {
  test.each([
    [1, PASSWORD, "succeeded"],
    [2, PASSWORD, "succeeded"],
    [2, "wrong", "failed"],
  ])("%i changes during a sync leave the source due (password %s)", async (changes, password, outcome) => {
    await using bench = await setUp(engine);
    const { id } = await bench.add({ password });
    const { git } = bench.deps;
    const changing: typeof git = {
      ...git,
      async run(args, options) {
        for (let done = 0; args.includes("init") && done < changes; done++) {
          await changeSource(bench.deps, commandLine, id, { filters: ["globex/"] });
        }
        return await git.run(args, options);
      },
    };
    expect(await syncSource({ ...bench.deps, git: changing }, id)).toMatchObject({ outcome });
    expect((await bench.source(id)).next_sync_at).toBeLessThanOrEqual(START);
    await bench.sync(id);
    expect((await bench.source(id)).next_sync_at).toBeGreaterThan(START);
  });

  test("what the policy of a command line forbids is thrown to it, and the source stays as it is", async () => {
    await using bench = await setUp(engine);
    const web = await bench.add();
    await bench.sync(web.id);
    const local = await addSource(
      { ...bench.deps, sourcePolicy: { allowLocalSources: true, allowPrivateNetworks: true } },
      commandLine,
      { url: `file://${bench.upstream.directory}` },
    );
    const strict = { ...bench.deps, sourcePolicy: { allowLocalSources: false, allowPrivateNetworks: false } };
    for (const [id, variable] of [
      [web.id, "ALLOW_PRIVATE_NETWORKS"],
      [local.id, "ALLOW_LOCAL_SOURCES"],
    ] as const) {
      const before = [await bench.source(id), await bench.runs()];
      await expect(waitAndSync(strict, id, { refuseByPolicy: true })).rejects.toMatchObject({
        code: "request.invalid",
        message: expect.stringContaining(`start the server and the commands with ${variable}=1`) as string,
      });
      expect([await bench.source(id), await bench.runs()]).toEqual(before);
      // The server has nobody to throw to.
      expect(await syncSource(strict, id)).toMatchObject({ outcome: "failed" });
      expect(await bench.source(id)).toMatchObject({ state: "failing" });
    }
  });

  test("waiting for another process begins no transaction until the source is free", async () => {
    await using bench = await setUp(engine);
    const { id } = await bench.add();
    await bench.db
      .updateTable("sources")
      .set({ claimed_by: "elsewhere:1:x", claimed_until: START + 60 })
      .execute();
    const { database } = bench.deps;
    let transactions = 0;
    const transaction: typeof database.transaction = (work) => (transactions++, database.transaction(work));
    const waiting = waitAndSync({ ...bench.deps, database: { ...database, transaction } }, id);
    await setTimeout(350);
    expect(transactions).toBe(0);
    await bench.db.updateTable("sources").set({ claimed_by: null, claimed_until: null }).execute();
    expect((await waiting).outcome).toBe("succeeded");
    expect(transactions).toBeGreaterThan(0);
  });
});

test("a source whose sync cannot be recorded is tried again after 1, 2, 4 … 60 seconds", async () => {
  await using bench = await setUp();
  const { id } = await bench.add();
  const { database } = bench.deps;
  let isFull = true;
  const transaction: typeof database.transaction = (work) =>
    isFull ? Promise.reject(new Error("disk full")) : database.transaction(work);
  const scheduler = createSyncScheduler(
    { ...bench.deps, database: { ...database, transaction } },
    () => () => undefined,
  );
  const tried: number[] = [];
  for (let second = 0; second <= 200; second++) {
    const before = bench.logged.length;
    await scheduler.runDue();
    if (bench.logged.length > before) tried.push(second);
    bench.clock.advanceSeconds(1);
  }
  expect(tried).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  isFull = false;
  bench.clock.advanceSeconds(60);
  await scheduler.runDue();
  expect(await bench.source(id)).toMatchObject({ state: "active" });
  await scheduler.stop();
});
