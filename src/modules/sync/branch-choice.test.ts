import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { addSource, changeSource, findSource } from "../sources/index.ts";
import type { BranchChoice } from "../sources/index.ts";
import { chooseRefs } from "./choose-refs.ts";
import { waitAndSync } from "./index.ts";
import type { SyncReport } from "./index.ts";

const manifest = (facts: object = {}) => ({ "composer.json": JSON.stringify({ name: "acme/core", ...facts }) });

async function setUp(engine: TestEngine, build = branches) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("branches"));
  const server = stack.use(await startTestServer(engine));
  // The scheduler would sync whatever is added by itself.
  await server.stop();
  const upstream = await GitRepository.create(join(directory.path, "core.git"));
  build(upstream);
  await upstream.write();
  const host = stack.use(await startGitHttpServer({ root: directory.path }));
  const { core } = server;
  const { db } = core.database;
  let id = "";
  return {
    core,
    db,
    upstream,
    host,
    id: () => id,
    async add(choice?: BranchChoice): Promise<SyncReport> {
      id = (await addSource(core, commandLine, { url: `${host.url}/core.git`, branches: choice })).id;
      return await waitAndSync(core.sync, id);
    },
    async choose(choice: BranchChoice | null): Promise<SyncReport> {
      await changeSource(core, commandLine, id, { branches: choice });
      return await this.sync();
    },
    async sync(): Promise<SyncReport> {
      await upstream.write();
      server.clock.advanceSeconds(60);
      return await waitAndSync(core.sync, id);
    },
    source: async () => await findSource(core, id),
    async live(): Promise<string[]> {
      const rows = await db.selectFrom("versions").select("version").where("withdrawn_at", "is", null).execute();
      return rows.map(({ version }) => version).sort();
    },
    package: () =>
      db.selectFrom("packages").select(["description", "revision"]).where("name", "=", "acme/core").executeTakeFirst(),
    readme: () => db.selectFrom("package_readmes").select(["content"]).executeTakeFirst(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function branches(upstream: GitRepository): void {
  upstream.commit(manifest({ description: "One" }));
  upstream.tag("1.0.0", { annotated: true });
  upstream.branch("1.x");
  upstream.branch("release/2.0");
  upstream.branch("feature/secret");
}

const EVERYTHING = ["1.0.0", "1.x-dev", "dev-feature/secret", "dev-main", "dev-release/2.0"];

describe.each(testEngines)("of the branches of a source on %s", (engine) => {
  // Whoever adds a repository must not hand out by accident what nobody meant to sell.
  test("a new one offers the default branch and numbered ones, and its others are counted and no fault", async () => {
    await using bench = await setUp(engine);
    expect(await bench.add()).toMatchObject({
      outcome: "succeeded",
      detail: null,
      refsTotal: 3,
      versionsPublished: 3,
      branchesLeftOut: 2,
      skipped: [],
    });
    expect(await bench.live()).toEqual(["1.0.0", "1.x-dev", "dev-main"]);
    expect(await bench.source()).toMatchObject({ branches: "default", left_out_branches: 2, skipped_refs: 0 });
  });

  test.each<[BranchChoice, string[]]>([
    ["none", ["1.0.0"]],
    ["all", EVERYTHING],
    [["release/*"], ["1.0.0", "dev-release/2.0"]],
    [
      ["HEAD", "feature/secret"],
      ["1.0.0", "dev-feature/secret", "dev-main"],
    ],
  ])("%j offers just those", async (choice, versions) => {
    await using bench = await setUp(engine);
    expect((await bench.add(choice)).branchesLeftOut).toBe(5 - versions.length);
    expect(await bench.live()).toEqual(versions);
  });

  // A seller who updates must find what customers use as it was.
  test("one from before there was a choice offers all of them", async () => {
    await using bench = await setUp(engine);
    await bench.add("none");
    await bench.db.updateTable("sources").set({ branches: null }).execute();
    expect(await bench.sync()).toMatchObject({ outcome: "succeeded", branchesLeftOut: 0 });
    expect(await bench.live()).toEqual(EVERYTHING);
    expect(await bench.source()).toMatchObject({ branches: "all", left_out_branches: 0 });
  });

  test("those that are left out later are withdrawn at the next sync, and come back as the same versions", async () => {
    await using bench = await setUp(engine);
    await bench.add("all");
    const ids = () => bench.db.selectFrom("versions").select(["id", "version", "reference"]).orderBy("id").execute();
    const before = await ids();
    expect(await bench.choose("none")).toMatchObject({ outcome: "succeeded", versionsWithdrawn: 4, skipped: [] });
    expect(await bench.live()).toEqual(["1.0.0"]);
    expect(await bench.choose(null)).toMatchObject({ outcome: "succeeded", versionsPublished: 2 });
    expect(await bench.live()).toEqual(["1.0.0", "1.x-dev", "dev-main"]);
    expect(await bench.choose("all")).toMatchObject({ versionsPublished: 2 });
    expect(await ids()).toEqual(before);
  });

  test("a change of one that is left out is no change, and costs nothing to read", async () => {
    await using bench = await setUp(engine);
    await bench.add("none");
    const { revision } = (await bench.package()) ?? {};
    bench.upstream.branch("feature/another");
    bench.upstream.commit({ "a.txt": "1" });
    expect(await bench.sync()).toMatchObject({ refsRead: 0, branchesLeftOut: 5 });
    expect((await bench.source())?.left_out_branches).toBe(5);
    expect((await bench.package())?.revision).toBeDefined();
    expect((await bench.package())?.revision).toBe(revision);
    // The default one is read for what it says of the package, once.
    bench.upstream.branch("main");
    bench.upstream.commit({ "a.txt": "2" });
    expect(await bench.sync()).toMatchObject({ refsRead: 1, versionsPublished: 0, versionsWithdrawn: 0 });
    expect(await bench.sync()).toMatchObject({ refsRead: 0 });
  });
});

describe.each(testEngines)("a default branch that is left out on %s", (engine) => {
  // Composer names every version by the default branch: a seller of tags only would lose that with it.
  test("names the package all the same, and another name on it renames every version", async () => {
    await using bench = await setUp(engine, (upstream) => {
      upstream.commit({ "composer.json": JSON.stringify({ name: "old/name" }) });
      upstream.tag("1.0.0", { annotated: true });
      upstream.commit(manifest());
    });
    await bench.add("none");
    const names = async () => {
      const shown = bench.db.selectFrom("versions").innerJoin("packages", "packages.id", "versions.package");
      return await shown.select(["name", "version"]).where("withdrawn_at", "is", null).execute();
    };
    expect(await names()).toEqual([{ name: "acme/core", version: "1.0.0" }]);
    bench.upstream.commit(manifest({ name: "acme/renamed" }));
    await bench.sync();
    expect(await names()).toEqual([{ name: "acme/renamed", version: "1.0.0" }]);
  });

  test("describes a package that has no stable version, with its readme, and follows its changes", async () => {
    await using bench = await setUp(engine, (upstream) => {
      upstream.commit({ ...manifest({ description: "Of the beta" }), "README.md": "beta" });
      upstream.tag("1.0.0-beta1", { annotated: true });
      upstream.commit({ ...manifest({ description: "Of main" }), "README.md": "main" });
    });
    await bench.add("none");
    expect(await bench.live()).toEqual(["1.0.0-beta1"]);
    expect(await bench.package()).toMatchObject({ description: "Of main" });
    expect(await bench.readme()).toEqual({ content: "main" });
    bench.upstream.commit({ ...manifest({ description: "Of main, later" }), "README.md": "main, later" });
    await bench.sync();
    expect(await bench.package()).toMatchObject({ description: "Of main, later" });
    expect(await bench.readme()).toEqual({ content: "main, later" });
  });

  test("makes no package of its own where nothing else is published", async () => {
    await using bench = await setUp(engine, (upstream) => void upstream.commit(manifest()));
    expect(await bench.add("none")).toMatchObject({
      outcome: "failed",
      detail:
        "the repository has no tags, and the source takes tags only, not its branch: tag a release, or change which branches the source takes",
    });
    expect(await bench.package()).toBeUndefined();
  });
});

describe.each(testEngines)("a source whose choice leaves nothing on %s", (engine) => {
  test("says so, and still withdraws the branches that are not offered any more, never the tags", async () => {
    await using bench = await setUp(engine, (upstream) => {
      upstream.commit(manifest());
      upstream.branch("feature/secret");
    });
    await bench.add("all");
    expect(await bench.live()).toEqual(["dev-feature/secret", "dev-main"]);
    expect(await bench.choose(["release/*", "2.x"])).toMatchObject({
      outcome: "failed",
      versionsWithdrawn: 2,
      detail:
        "the repository has no tags, and its 2 branches are not release/* or 2.x, which is what the source takes: tag a release, or change which branches the source takes",
    });
    expect(await bench.live()).toEqual([]);
    await bench.choose("none");
    bench.upstream.tag("1.0.0");
    expect(await bench.sync()).toMatchObject({ outcome: "succeeded" });
    bench.upstream.deleteTag("1.0.0");
    expect(await bench.sync()).toMatchObject({ outcome: "failed", versionsWithdrawn: 0 });
    expect(await bench.live()).toEqual(["1.0.0"]);
  });
});

describe("a pattern of branches", () => {
  const refs = ["main", "2.x", "v3", "release/2.0", "release/2.0/hotfix", "Release/3", "feature/x"].map((name) => ({
    ref: `refs/heads/${name}`,
    objectId: "0".repeat(40),
    targetId: "0".repeat(40),
  }));
  test.each([
    ["release/*", ["release/2.0", "release/2.0/hotfix"]],
    ["release/*/*", ["release/2.0/hotfix"]],
    ["*.x", ["2.x"]],
    ["2.x", ["2.x"]],
    ["2?x", []],
    ["*", refs.map(({ ref }) => ref.slice("refs/heads/".length))],
    ["main*main", []],
    ["HEAD", ["main"]],
  ])("%s takes %j", (pattern, names) => {
    const { taken } = chooseRefs([pattern], refs, "refs/heads/main");
    expect(taken.map(({ ref }) => ref.slice("refs/heads/".length))).toEqual(names);
  });

  test("of many * is decided at once", () => {
    const [ref] = [{ ref: `refs/heads/${"a".repeat(200)}`, objectId: "0".repeat(40), targetId: "0".repeat(40) }];
    const started = performance.now();
    expect(chooseRefs([`${"a*".repeat(100)}b`], [ref], undefined).taken).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
