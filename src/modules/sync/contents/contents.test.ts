import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { manyFiles, plantBomb } from "../../../../e2e/support/bombs.ts";
import { GitRepository } from "../../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../../e2e/support/temporary-directory.ts";
import { createFileBlobStore } from "../../../platform/blobs/index.ts";
import { createCipher } from "../../../platform/crypto/cipher.ts";
import { createGit } from "../../../platform/git/index.ts";
import { testBudgets } from "../../../testing/budgets.ts";
import { createTestClock } from "../../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../../testing/database.ts";
import type { TestEngine } from "../../../testing/database.ts";
import { pointerTo, startLfsServer } from "../../../testing/lfs-server.ts";
import { createTestWorkers } from "../../../testing/workers.ts";
import { commandLine } from "../../callers/index.ts";
import { createArchives, lfsDirectory, mirrorDirectory } from "../../packages/index.ts";
import { addSource, changeSource } from "../../sources/index.ts";
import { syncSource } from "../index.ts";
import type { SyncDeps, SyncReport } from "../index.ts";

const CREDENTIALS = { username: "u", password: "s3cret-of-the-source" };
const ATTRIBUTES = "*.psd filter=lfs diff=lfs merge=lfs -text\n/design export-ignore\n";
const MANIFEST = JSON.stringify({ name: "acme/theme", description: "A theme" });

async function setUp(engine: TestEngine = "sqlite") {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("contents"));
  const { database } = stack.use(await createTestDatabase(engine));
  const root = join(directory.path, "upstream");
  const upstream = await GitRepository.create(join(root, "theme.git"));
  const gitServer = stack.use(await startGitHttpServer({ root, ...CREDENTIALS }));
  const lfs = stack.use(await startLfsServer({ gitUrl: gitServer.url }));
  lfs.credentials = CREDENTIALS;
  const git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: false });
  stack.defer(() => git.close());
  const dataDir = join(directory.path, "data");
  const clock = createTestClock(1_800_000_000);
  const blobs = await createFileBlobStore(join(dataDir, "archives"), () => clock.nowMs());
  const archives = createArchives({ database, blobs, git, clock, dataDir });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const workers = createTestWorkers();
  stack.defer(() => workers.close());
  const deps: SyncDeps = {
    database,
    git,
    clock,
    archives,
    dataDir,
    workers,
    log,
    cipher: createCipher(Buffer.alloc(32, 3)),
    sourcePolicy: { allowLocalSources: false, allowPrivateNetworks: true },
    budgets: testBudgets.reading,
    sourceBudgets: { archiveSizeBytesMax: 5 * 1024 * 1024 },
  };
  const { db } = database;
  return {
    upstream,
    gitServer,
    lfs,
    deps,
    database,
    db,
    dataDir,
    blobs,
    root,
    directory: directory.path,
    add: (options: { path?: string; submodules?: "include" } = {}) =>
      addSource(deps, commandLine, {
        url: `${lfs.url}/${options.path ?? "theme.git"}`,
        ...CREDENTIALS,
        submodules: options.submodules,
      }),
    async sync(id: string): Promise<SyncReport> {
      await upstream.write();
      clock.advanceSeconds(60);
      const report = await syncSource(deps, id);
      if (report === "busy") throw new Error("busy");
      return report;
    },
    versions: async () => {
      const rows = await db.selectFrom("versions").select("version").where("withdrawn_at", "is", null).execute();
      return rows.map(({ version }) => version).sort();
    },
    /** Path → SHA-256 of what a customer gets. */
    async unpack(version: string): Promise<Record<string, string>> {
      const row = await db
        .selectFrom("versions")
        .selectAll()
        .where("version", "=", version)
        .where("withdrawn_at", "is", null)
        .executeTakeFirstOrThrow();
      const key = { packageId: row.package, reference: row.reference };
      const opened = await createArchives({ database, blobs, git, clock, dataDir }).openArchive(key);
      const file = join(directory.path, "opened.zip");
      await writeFile(file, await buffer(opened!.stream));
      const target = join(directory.path, "opened");
      await rm(target, { recursive: true, force: true });
      execFileSync("unzip", ["-q", file, "-d", target], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
      const [folder = ""] = await readdir(target);
      return await hashes(join(target, folder));
    },
    store: (id: string) => lfsDirectory(dataDir, id),
    source: (id: string) => db.selectFrom("sources").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

async function hashes(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length + 1)] = sha256(await readFile(path));
  }
  return found;
}

/** The files of a clone, in which pointers were replaced as the filter of git-lfs does it. */
async function cloned(repository: string, tag: string, objects: readonly (string | Buffer)[], directory: string) {
  const target = join(directory, `clone-${tag}`);
  execFileSync("git", ["clone", "--quiet", "--branch", tag, repository, target], { stdio: "pipe" });
  const smudged = new Map(objects.map((content) => [sha256(pointerTo(content)), sha256(content)]));
  const files = Object.entries(await hashes(target)).filter(([path]) => !path.startsWith(".git/"));
  return Object.fromEntries(files.map(([path, hash]) => [path, smudged.get(hash) ?? hash]));
}

const image = Buffer.alloc(200_000, "image");
const LFS_FILES = (bench: { lfs: { put(content: string | Buffer): string } }) => ({
  "composer.json": MANIFEST,
  ".gitattributes": ATTRIBUTES,
  "images/a.psd": bench.lfs.put(image),
  "images/empty.psd": "",
  "design/huge.psd": pointerTo("never pushed, and not exported"),
  "plain.txt": pointerTo("no attribute says so"),
});

describe.each(testEngines)("Git LFS on %s", (engine) => {
  test("customers get the files themselves, as a clone has them, also when the host is gone for ever", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit(LFS_FILES(bench));
    bench.upstream.tag("1.0.0");
    const source = await bench.add();
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [], versionsPublished: 2 });
    await bench.lfs[Symbol.asyncDispose]();
    const expected = await cloned(bench.upstream.directory, "1.0.0", [image], bench.directory);
    delete expected["design/huge.psd"];
    const files = await bench.unpack("1.0.0");
    expect(files).toEqual(expected);
    expect(files["images/a.psd"]).toBe(sha256(image));
    expect(files["plain.txt"]).toBe(sha256(pointerTo("no attribute says so")));
    // The stored archive is lost: the same bytes are made without anybody.
    const before = await bench.db.selectFrom("archives").select("sha1").execute();
    for (const { blob_key: key } of await bench.db.selectFrom("archives").select("blob_key").execute()) {
      await bench.blobs.delete(key);
    }
    expect(await bench.unpack("1.0.0")).toEqual(expected);
    expect(await bench.db.selectFrom("archives").select("sha1").execute()).toEqual(before);
  });

  test("a version whose objects are missing is skipped with what to do, and comes once they are there", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit({ "composer.json": MANIFEST, ".gitattributes": ATTRIBUTES });
    bench.upstream.tag("1.0.0");
    bench.upstream.commit({ "b.psd": pointerTo("late") });
    bench.upstream.tag("1.1.0");
    const source = await bench.add();
    const report = await bench.sync(source.id);
    expect(report.skipped).toHaveLength(2);
    const { host } = new URL(bench.lfs.url);
    expect(report.skipped[0]).toEqual({
      ref: "1.1.0",
      label: "acme/theme 1.1.0",
      reason: `Git LFS: b.psd cannot be had: ${host} does not have it: push it there with git lfs push --all`,
    });
    expect(await bench.versions()).toEqual(["1.0.0"]);
    bench.lfs.put("late");
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [], versionsPublished: 2 });
    expect((await bench.unpack("1.1.0"))["b.psd"]).toBe(sha256("late"));
  });
});

describe("a host of Git LFS objects that is away", () => {
  test("keeps a new version back and takes nothing away", async () => {
    await using bench = await setUp();
    bench.upstream.commit(LFS_FILES(bench));
    bench.upstream.tag("1.0.0");
    const source = await bench.add();
    await bench.sync(source.id);
    bench.lfs.answerBatch = (_request, response) => response.writeHead(503).end();
    bench.upstream.commit({ "b.psd": bench.lfs.put("new") });
    bench.upstream.tag("1.1.0");
    const report = await bench.sync(source.id);
    expect(report.skipped.map(({ ref }) => ref)).toEqual(["1.1.0", "main"]);
    expect(report.skipped[0]?.reason).toMatch(
      /reports a failure of its own \(503\): it is tried again at the next sync/,
    );
    expect(await bench.versions()).toContain("1.0.0");
    bench.lfs.answerBatch = undefined;
    expect((await bench.sync(source.id)).skipped).toEqual([]);
    expect(await bench.versions()).toEqual(["1.0.0", "1.1.0", "dev-main"]);
  });

  // As after the upgrade to the release that fetches objects.
  test("does not cost versions that were published before objects were fetched", async () => {
    await using bench = await setUp();
    bench.upstream.commit(LFS_FILES(bench));
    bench.upstream.tag("1.0.0");
    const source = await bench.add();
    await bench.sync(source.id);
    await rm(bench.store(source.id), { recursive: true });
    await bench.db.updateTable("sources").set({ reading_key: null }).execute();
    bench.lfs.answerBatch = (_request, response) => response.writeHead(503).end();
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "failed", versionsWithdrawn: 0 });
    expect(await bench.versions()).toEqual(["1.0.0", "dev-main"]);
    bench.lfs.answerBatch = undefined;
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", versionsWithdrawn: 0 });
    expect((await bench.unpack("1.0.0"))["images/a.psd"]).toBe(sha256(image));
  });
});

test("what an archive was stored with stays in it, pointers as well", async () => {
  await using bench = await setUp();
  bench.upstream.commit({ "composer.json": MANIFEST, "a.psd": bench.lfs.put("x"), ".gitattributes": ATTRIBUTES });
  bench.upstream.tag("1.0.0");
  const source = await bench.add();
  await bench.sync(source.id);
  const version = await bench.db
    .selectFrom("versions")
    .selectAll()
    .where("version", "=", "1.0.0")
    .executeTakeFirstOrThrow();
  const gitDir = mirrorDirectory(bench.dataDir, source.id);
  const zip = execFileSync("git", [`--git-dir=${gitDir}`, "archive", "--format=zip", version.reference], {
    env: { PATH: process.env["PATH"], TZ: "UTC" },
  });
  await bench.blobs.put("old.zip", Readable.from([zip]));
  const sha1 = createHash("sha1").update(zip).digest("hex");
  await bench.db
    .insertInto("archives")
    .values({
      package: version.package,
      reference: version.reference,
      sha1,
      size_bytes: zip.length,
      blob_key: "old.zip",
      created_at: 1,
    })
    .execute();
  bench.lfs.remove(pointerTo("x"));
  await rm(bench.store(source.id), { recursive: true });
  await bench.db.updateTable("sources").set({ reading_key: null }).execute();
  expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [], versionsWithdrawn: 0 });
});

test("the same objects are fetched once for all versions, and .lfsconfig says where they are", async () => {
  await using bench = await setUp();
  await using elsewhere = await startLfsServer();
  bench.upstream.commit({ ...LFS_FILES(bench), "composer.json": MANIFEST });
  for (let index = 0; index < 30; index++) {
    bench.upstream.commit({ "n.txt": `${index}` });
    bench.upstream.tag(`1.0.${index}`);
  }
  bench.upstream.commit({ ".lfsconfig": `[lfs]\n\turl = ${elsewhere.url}/theme\n`, "b.psd": elsewhere.put("there") });
  elsewhere.put(image);
  bench.upstream.tag("2.0.0");
  const source = await bench.add();
  expect(await bench.sync(source.id)).toMatchObject({ skipped: [], versionsPublished: 32 });
  expect(bench.lfs.downloads).toHaveLength(1);
  expect(elsewhere.batches).toHaveLength(1);
  expect(elsewhere.batches[0]?.path).toBe("/theme/objects/batch");
  // It is not the source's host: its password is none of its business.
  expect(elsewhere.batches[0]?.headers.authorization).toBeUndefined();
});

test("a password of the source that Git LFS does not take is said", async () => {
  await using bench = await setUp();
  bench.upstream.commit(LFS_FILES(bench));
  bench.upstream.tag("1.0.0");
  bench.lfs.credentials = { username: "u", password: "for objects only" };
  const source = await bench.add();
  const report = await bench.sync(source.id);
  expect(report.detail).toMatch(
    /none of its 2 branches and tags can be imported.*refused the user name and the password/,
  );
  expect(JSON.stringify(report)).not.toContain(CREDENTIALS.password);
});

test("Git LFS objects beyond what a source may store are not fetched, and their versions skipped with the reason", async () => {
  await using bench = await setUp();
  Object.assign(bench.deps, { sourceBudgets: { sourceBytesMax: 300_000 } });
  const big = (letter: string) => bench.lfs.put(Buffer.alloc(200_000, letter));
  bench.upstream.commit({ "composer.json": MANIFEST, ".gitattributes": ATTRIBUTES, "a.psd": big("a") });
  bench.upstream.tag("1.0.0");
  const { id } = await bench.add();
  await bench.sync(id);
  bench.upstream.commit({ "a.psd": big("b") });
  bench.upstream.tag("1.1.0");
  const report = await bench.sync(id);
  expect(report.skipped).toContainEqual(
    expect.objectContaining({
      ref: "1.1.0",
      reason: expect.stringContaining("is beyond what a source may store") as string,
    }),
  );
  expect(await bench.versions()).toContain("1.0.0");
});

// A few kilobytes each. The metapackage is not looked into, because nobody asks for its archive, but somebody may.
test("bombs are skipped with the reason, cost no git archive, and keep nothing else back", async () => {
  await using bench = await setUp();
  bench.upstream.commit({ "composer.json": MANIFEST });
  bench.upstream.tag("1.0.0");
  const { id } = await bench.add();
  await bench.sync(id);
  const { directory } = bench.upstream;
  const plant = async (tag: string, levels: number, innermost: readonly string[], type = "library") =>
    plantBomb(directory, tag, {
      innermost,
      width: 10,
      levels,
      composerJson: JSON.stringify({ name: "acme/theme", type }),
    });
  const disk = await manyFiles(directory, 10, "x".repeat(4 * 1024 * 1024));
  await plant("1.1.0", 9, await manyFiles(directory, 10, "<?php"));
  await plant("1.2.0", 4, disk);
  await plant("1.3.0", 2, disk);
  await plant("1.4.0", 9, []);
  await plant("1.5.0", 9, disk, "metapackage");
  bench.upstream.commit({ "a.php": "<?php" });
  bench.upstream.tag("1.6.0");
  const archived: string[] = [];
  const { git } = bench.deps;
  const watching: typeof git = {
    ...git,
    start: (args, options) => {
      if (args[0] === "archive") archived.push(args.at(-1) ?? "");
      return git.start(args, options);
    },
  };
  const archives = createArchives({ ...bench.deps, git: watching, blobs: bench.blobs, database: bench.database });
  Object.assign(bench.deps, { git: watching, archives });
  const report = await bench.sync(id);
  const reasons = new Map(report.skipped.map(({ ref, reason }) => [ref.replace("refs/tags/", ""), reason]));
  expect(Object.fromEntries(reasons)).toEqual({
    "1.1.0": expect.stringContaining("too large: 10,000,000,001 files, more than 100,000") as string,
    "1.2.0": expect.stringContaining("too large: 100,001 files, more than 100,000") as string,
    "1.3.0": expect.stringMatching(/too large: 4,001 MB unpacked, more than 5/) as string,
    "1.4.0": expect.stringContaining("directories, files and submodules, with longer paths or more") as string,
  });
  expect(await bench.versions()).toEqual(expect.arrayContaining(["1.0.0", "1.5.0", "1.6.0"]));
  expect(archived).toEqual([await bench.upstream.resolve("1.6.0")]);
});

describe("nothing is published that cannot be packed:", () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      "all of it export-ignored",
      { ".gitattributes": "* export-ignore\n" },
      /its archive would be empty: .gitattributes/,
    ],
    [
      "too much of it",
      { "a.bin": "x".repeat(6 * 1024 * 1024) },
      /too large: 7 MB unpacked, more than 5: .*ARCHIVE_MAX_MB/,
    ],
    [
      "objects that say they are too large",
      { ".gitattributes": ATTRIBUTES, "a.psd": pointerTo("x").replace("size 1", "size 6000000") },
      /too large: 6 MB unpacked/,
    ],
    [
      "objects that went through an extension",
      {
        ".gitattributes": ATTRIBUTES,
        "a.psd": pointerTo("x").replace("oid", `ext-0-foo sha256:${"0".repeat(64)}\noid`),
      },
      /Git LFS: a.psd was stored with an extension/,
    ],
  ])("%s", async (_, files, expected) => {
    await using bench = await setUp();
    bench.upstream.commit({ "composer.json": MANIFEST });
    bench.upstream.tag("1.0.0");
    bench.upstream.commit(files);
    bench.upstream.tag("1.1.0");
    const source = await bench.add();
    const report = await bench.sync(source.id);
    expect(report.skipped.map(({ ref }) => ref)).toEqual(["1.1.0", "main"]);
    expect(report.skipped[0]?.reason).toMatch(expected);
    expect(await bench.versions()).toEqual(["1.0.0"]);
    expect(bench.lfs.batches).toEqual([]);
    await bench.unpack("1.0.0");
  });

  test("entries that git refuses", async () => {
    await using bench = await setUp();
    bench.upstream.commit({ "composer.json": MANIFEST });
    bench.upstream.tag("1.0.0");
    bench.upstream.commit({ ".git./config": "x" });
    bench.upstream.tag("1.1.0");
    const source = await bench.add();
    const report = await bench.sync(source.id);
    expect(report.skipped[0]).toMatchObject({
      ref: "1.1.0",
      reason: 'its entry ".git." is one that git refuses to pack: remove it',
    });
    expect(await bench.versions()).toEqual(["1.0.0"]);
  });

  test("but for metapackages, of which nobody unpacks anything", async () => {
    await using bench = await setUp();
    const manifest = JSON.stringify({ name: "acme/all", type: "metapackage" });
    bench.upstream.commit({ "composer.json": manifest, ".gitattributes": "* export-ignore\n" });
    bench.upstream.tag("1.0.0");
    const source = await bench.add();
    expect(await bench.sync(source.id)).toMatchObject({ skipped: [], versionsPublished: 2 });
  });

  test("a higher limit lets them in at the next sync", async () => {
    await using bench = await setUp();
    bench.upstream.commit({ "composer.json": MANIFEST, "a.bin": "x".repeat(6 * 1024 * 1024) });
    bench.upstream.tag("1.0.0");
    const source = await bench.add();
    expect((await bench.sync(source.id)).outcome).toBe("failed");
    Object.assign(bench.deps, { sourceBudgets: { archiveSizeBytesMax: 10 * 1024 * 1024 } });
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [] });
  });
});

describe.each(testEngines)("submodules on %s", (engine) => {
  async function withSubmodule(gitmodules: (lfsUrl: string) => string = () => "../lib.git") {
    const bench = await setUp(engine);
    const nested = await GitRepository.create(join(bench.root, "deep", "nested.git"));
    nested.commit({ "n.txt": "nested" });
    await nested.write();
    const lib = await GitRepository.create(join(bench.root, "lib.git"));
    lib.commit({
      "lib.php": "<?php\n",
      ".gitattributes": "*.psd filter=lfs\n/tests export-ignore\n",
      "tests/t.php": "x",
      "a.psd": bench.lfs.put("of the library"),
      ".gitmodules": '[submodule "x"]\n\tpath = deep/nested\n\turl = ../deep/nested\n',
      "deep/nested": { submodule: await nested.resolve("main") },
    });
    await lib.write();
    const commit = await lib.resolve("main");
    lib.commit({ "lib.php": "later" });
    await lib.write();
    bench.upstream.commit({
      "composer.json": MANIFEST,
      "src/a.php": "<?php\n",
      ".gitmodules": `[submodule "lib"]\n\tpath = vendor-lib/lib\n\turl = ${gitmodules(bench.lfs.url)}\n`,
      "vendor-lib/lib": { submodule: commit },
    });
    bench.upstream.tag("1.0.0");
    return { bench, lib, commit };
  }

  test("are told and left out, and where they are is not delivered", async () => {
    const { bench: made } = await withSubmodule();
    await using bench = made;
    const source = await bench.add();
    const report = await bench.sync(source.id);
    expect(report).toMatchObject({ outcome: "succeeded", skipped: [], submodulesLeftOut: ["vendor-lib/lib"] });
    expect((await bench.source(source.id)).submodule_paths).toBe('["vendor-lib/lib"]');
    expect(Object.keys(await bench.unpack("1.0.0")).sort()).toEqual(["composer.json", "src/a.php"]);
    expect(bench.gitServer.requests.filter(({ path }) => path.includes("lib.git"))).toEqual([]);
    // Nothing moved, and it is still said.
    expect((await bench.sync(source.id)).submodulesLeftOut).toEqual(["vendor-lib/lib"]);
  });

  test("are in the archive as pinned, with their own submodules, objects and attributes, for ever", async () => {
    const { bench: made } = await withSubmodule();
    await using bench = made;
    const source = await bench.add({ submodules: "include" });
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [], submodulesLeftOut: [] });
    await bench.gitServer[Symbol.asyncDispose]();
    const expected = {
      "composer.json": sha256(MANIFEST),
      "src/a.php": sha256("<?php\n"),
      "vendor-lib/lib/.gitattributes": sha256("*.psd filter=lfs\n/tests export-ignore\n"),
      "vendor-lib/lib/a.psd": sha256("of the library"),
      "vendor-lib/lib/deep/nested/n.txt": sha256("nested"),
      "vendor-lib/lib/lib.php": sha256("<?php\n"),
    };
    expect(await bench.unpack("1.0.0")).toEqual(expected);
    // Another setting later changes nothing about an archive that exists, lost or not.
    await changeSource(bench.deps, commandLine, source.id, { submodules: "leave_out" });
    for (const { blob_key: key } of await bench.db.selectFrom("archives").select("blob_key").execute()) {
      await bench.blobs.delete(key);
    }
    expect(await bench.unpack("1.0.0")).toEqual(expected);
  });

  test("come with the setting, for versions of which nobody has an archive yet", async () => {
    const { bench: made } = await withSubmodule();
    await using bench = made;
    const source = await bench.add();
    await bench.sync(source.id);
    await changeSource(bench.deps, commandLine, source.id, { submodules: "include" });
    // Not yet fetched is not lost: nobody repairs a mirror that is whole.
    await expect(bench.unpack("1.0.0")).rejects.toThrow("cannot be built at the moment");
    expect(await readdir(mirrorDirectory(bench.dataDir, source.id))).not.toContain("package-broker-damaged");
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [], submodulesLeftOut: [] });
    expect(Object.keys(await bench.unpack("1.0.0"))).toContain("vendor-lib/lib/lib.php");
  });

  test("survive a mirror that is damaged and made anew", async () => {
    const { bench: made } = await withSubmodule();
    await using bench = made;
    const source = await bench.add({ submodules: "include" });
    await bench.sync(source.id);
    await rm(join(bench.root, "lib.git"), { recursive: true });
    await writeFile(join(mirrorDirectory(bench.dataDir, source.id), "package-broker-damaged"), "");
    expect(await bench.sync(source.id)).toMatchObject({ outcome: "succeeded", skipped: [] });
    expect(Object.keys(await bench.unpack("1.0.0"))).toContain("vendor-lib/lib/deep/nested/n.txt");
  });

  test("whose commit is nowhere keep the version back, until it is pushed", async () => {
    const { bench: made, commit } = await withSubmodule();
    await using bench = made;
    await rm(join(bench.root, "deep"), { recursive: true });
    const source = await bench.add({ submodules: "include" });
    const report = await bench.sync(source.id);
    expect(report.skipped[0]?.reason).toMatch(
      /^its submodule vendor-lib\/lib\/deep\/nested cannot be had: there is no git/,
    );
    const nested = await GitRepository.create(join(bench.root, "deep", "nested.git"));
    nested.commit({ "other.txt": "another history" });
    await nested.write();
    expect((await bench.sync(source.id)).skipped[0]?.reason).toMatch(
      /its commit [0-9a-f]{12} is not at .*push it there/,
    );
    nested.orphanBranch("right");
    nested.commit({ "n.txt": "nested" }, { date: "2023-01-01T01:00:00Z" });
    await nested.write();
    expect(commit).toHaveLength(40);
    expect(await bench.sync(source.id)).toMatchObject({ skipped: [] });
  });

  test("get the source's password at the source's own host only", async () => {
    const { bench: made } = await withSubmodule((url) => `${url.replace("127.0.0.1", "localhost")}/lib.git`);
    await using bench = made;
    const source = await bench.add({ submodules: "include" });
    const report = await bench.sync(source.id);
    expect(report.skipped[0]?.reason).toMatch(
      /^its submodule vendor-lib\/lib cannot be had: localhost asks for a user name/,
    );
    const asked = bench.gitServer.requests.filter(({ path }) => path.includes("lib.git"));
    expect(asked.length).toBeGreaterThan(0);
    for (const { headers } of asked) expect(headers.authorization).toBeUndefined();
  });

  test.each([
    ["http://169.254.169.254/lib.git", /is a link-local, metadata/],
    ["file:///etc", /file:\/\/ sources are off/],
    ["ext::sh -c id", /holds a space/],
    ["--upload-pack=x", /does not start with a dash/],
    ["git@other.example:acme/lib.git", /not read over ssh from another host than the source's/],
    ["https://u:p@example.com/lib.git", /holds a user name or an access token/],
  ])("at %s are refused", async (url, expected) => {
    const { bench: made } = await withSubmodule(() => url);
    await using bench = made;
    const source = await bench.add({ submodules: "include" });
    expect((await bench.sync(source.id)).skipped[0]?.reason).toMatch(expected);
  });

  test("written for ssh keys are read with the source's access token, at the same host", async () => {
    const { bench: made } = await withSubmodule(() => "git@127.0.0.1:lib.git");
    await using bench = made;
    const source = await bench.add({ submodules: "include" });
    expect(await bench.sync(source.id)).toMatchObject({ skipped: [] });
  });

  test("that hold each other end", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit({ "composer.json": MANIFEST });
    await bench.upstream.write();
    const self = await bench.upstream.resolve("main");
    bench.upstream.commit({
      ".gitmodules": '[submodule "a"]\n\tpath = a\n\turl = ./\n[submodule "b"]\n\tpath = b\n\turl = ./\n',
      a: { submodule: self },
      b: { submodule: "1".repeat(40) },
    });
    const source = await bench.add({ submodules: "include" });
    expect((await bench.sync(source.id)).detail).toMatch(
      /its submodule b cannot be had: its commit 111111111111 is not/,
    );
  });
});
