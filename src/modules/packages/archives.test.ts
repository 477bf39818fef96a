import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createFileBlobStore } from "../../platform/blobs/index.ts";
import { createGit, openMirror } from "../../platform/git/index.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { createArchives, insertPackagesIfNew, insertVersions, mirrorDirectory } from "./index.ts";

/** One package with one version, whose commit is in the mirror of its source. */
async function setUp(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("archives"));
  const { database } = stack.use(await createTestDatabase(engine));
  const upstream = await GitRepository.create(join(directory.path, "upstream.git"));
  upstream.commit({
    "composer.json": "{}",
    "src/a.php": "<?php\n",
    VERSION: "$Format:%D %(describe)$",
    ".gitattributes": "VERSION export-subst\n",
  });
  upstream.tag("1.0.0");
  upstream.tag("build-7", { annotated: true });
  await upstream.write();
  const reference = await upstream.resolve("main");
  const git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: true });
  stack.defer(() => git.close());
  const dataDir = join(directory.path, "data");
  const mirror = openMirror(git, { gitDir: mirrorDirectory(dataDir, "src_1") });
  const remote = { url: `file://${upstream.directory}`, transport: "file", host: "", port: 0, addresses: [] } as const;
  await mirror.prepare();
  const fetchAll = async () => {
    const { refs } = await mirror.listRemoteRefs(remote);
    await mirror.fetch(remote, refs, refs);
  };
  await fetchAll();
  await mirror.pin([reference]);
  const { db } = database;
  const text = { state_detail: null, username: null, sealed_password: null, claimed_by: null, claimed_until: null };
  const times = { created_at: 1, next_sync_at: 1, synced_at: null, reading_key: null, removed_at: null };
  const source = { id: "src_1", type: "git", url: remote.url, name: "core", filters: "[]", state: "active" } as const;
  await db
    .insertInto("sources")
    .values({ ...source, ...text, ...times })
    .execute();
  const facts = { description: null, type: null, abandoned: null, created_at: 1, updated_at: 1 };
  await insertPackagesIfNew(db, [{ id: "pkg_1", name: "acme/core", source: "src_1", revision: 1, ...facts }]);
  const version = { version: "1.0.0", version_normalized: "1.0.0.0", stability: "stable", is_dev: 0, metadata: "{}" };
  const dates = { time: 1, released_at: 1, published_at: 1, withdrawn_at: null, shasum: "" };
  const origin = { source: "src_1", source_ref: "refs/tags/1.0.0", reference };
  await insertVersions(db, [{ id: "ver_1", package: "pkg_1", ...version, ...dates, ...origin }]);
  const blobDirectory = join(dataDir, "archives");
  const blobs = await createFileBlobStore(blobDirectory, () => 0);
  const openStore = () => createArchives({ database, blobs, git, clock: createTestClock(), dataDir });
  return {
    db,
    key: { packageId: "pkg_1", reference },
    openStore,
    blobs,
    blobDirectory,
    upstream,
    mirror,
    fetchAll,
    mirrorDirectory: mirrorDirectory(dataDir, "src_1"),
    stored: async () => (await readdir(blobDirectory, { recursive: true })).filter((name) => name.endsWith(".zip")),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function fileIn(zip: Buffer, name: string): Promise<string> {
  await using directory = await makeTemporaryDirectory("zip");
  const file = join(directory.path, "a.zip");
  await writeFile(file, zip);
  return execFileSync("unzip", ["-p", file, `*/${name}`], { encoding: "utf8" });
}

describe.each(testEngines)("archives on %s", (engine) => {
  // Composer takes away a folder that stands alone, so a package of one directory would lose it.
  test("have one folder around everything, named after the package and the commit, and remember their form", async () => {
    await using bench = await setUp(engine);
    const bytes = await buffer((await bench.openStore().openArchive(bench.key))!.stream);
    const folder = `acme-core-${bench.key.reference.slice(0, 12)}`;
    expect(await fileIn(bytes, "composer.json")).toBe("{}");
    const file = join(bench.blobDirectory, (await bench.stored())[0]!);
    const names = execFileSync("unzip", ["-Z1", file], { encoding: "utf8" }).trim().split("\n");
    expect(names.filter((name) => !name.startsWith(`${folder}/`))).toEqual([]);
    const row = await bench.db.selectFrom("archives").selectAll().executeTakeFirstOrThrow();
    expect(row.form).toBe("folder");
    expect(JSON.parse(row.tags ?? "") as unknown).toMatchObject([{ name: "1.0.0" }, { name: "build-7" }]);
  });

  test("are made at the first request, described truly, and the same bytes without their mirror", async () => {
    await using bench = await setUp(engine);
    const opened = await bench.openStore().openArchive(bench.key);
    const bytes = await buffer(opened!.stream);
    expect(opened?.sizeBytes).toBe(bytes.length);
    expect(opened?.sha1).toBe(createHash("sha1").update(bytes).digest("hex"));
    await rm(bench.mirrorDirectory, { recursive: true });
    const again = await bench.openStore().openArchive(bench.key);
    expect(await buffer(again!.stream)).toEqual(bytes);
  });

  test("asked for by many at once are made once", async () => {
    await using bench = await setUp(engine);
    const archives = bench.openStore();
    const opened = await Promise.all(Array.from({ length: 20 }, () => archives.openArchive(bench.key)));
    const bodies = await Promise.all(opened.map(async (archive) => (await buffer(archive!.stream)).toString("hex")));
    expect(new Set(bodies).size).toBe(1);
    expect(await bench.stored()).toHaveLength(1);
  });

  // Two instances know nothing of each other until one of them has inserted the row.
  test("made by several processes at once end as one stored archive", async () => {
    await using bench = await setUp(engine);
    const opened = await Promise.all([1, 2, 3].map(() => bench.openStore().openArchive(bench.key)));
    for (const archive of opened) archive?.stream.destroy();
    const rows = await bench.db.selectFrom("archives").selectAll().execute();
    expect(new Set(opened.map((archive) => archive?.sha1))).toEqual(new Set([rows[0]?.sha1]));
    expect(await bench.stored()).toEqual([rows[0]?.blob_key]);
  });

  test("of a commit that was never published do not exist", async () => {
    await using bench = await setUp(engine);
    expect(await bench.openStore().openArchive({ ...bench.key, reference: "1".repeat(40) })).toBeUndefined();
    expect(await bench.openStore().openArchive({ ...bench.key, packageId: "pkg_2" })).toBeUndefined();
  });
});

test("a withdrawn version is still delivered", async () => {
  await using bench = await setUp("sqlite");
  await bench.db.updateTable("versions").set({ withdrawn_at: 2 }).execute();
  const opened = await bench.openStore().openArchive(bench.key);
  opened?.stream.destroy();
  expect(opened).toBeDefined();
});

test("an archive that cannot be built stores nothing and says to come back", async () => {
  await using bench = await setUp("sqlite");
  await rm(bench.mirrorDirectory, { recursive: true });
  await expect(bench.openStore().openArchive(bench.key)).rejects.toMatchObject({ code: "service.unavailable" });
  expect(await bench.stored()).toEqual([]);
  expect(await bench.db.selectFrom("archives").selectAll().execute()).toEqual([]);
});

describe("an archive that an earlier release stored", () => {
  async function setUpOld() {
    const bench = await setUp("sqlite");
    const archive = await bench.mirror.archiveZip(bench.key.reference);
    const bytes = await buffer(archive.stdout);
    await bench.blobs.put("old.zip", bytes);
    const facts = { sha1: createHash("sha1").update(bytes).digest("hex"), size_bytes: bytes.length, created_at: 1 };
    const { packageId, reference } = bench.key;
    // As that release writes its rows: it knows of no forms.
    await bench.db
      .insertInto("archives")
      .values({ package: packageId, reference, blob_key: "old.zip", ...facts })
      .execute();
    return { bench, bytes };
  }

  test("keeps its bytes", async () => {
    const { bench: made, bytes } = await setUpOld();
    await using bench = made;
    expect(await buffer((await bench.openStore().openArchive(bench.key))!.stream)).toEqual(bytes);
  });

  test("is made again by the writer that made it, when its file was lost", async () => {
    const { bench: made, bytes } = await setUpOld();
    await using bench = made;
    await bench.blobs.delete("old.zip");
    expect(await buffer((await bench.openStore().openArchive(bench.key))!.stream)).toEqual(bytes);
    expect(await bench.stored()).toEqual(["old.zip"]);
  });
});

describe("a stored file that was lost", () => {
  test("is made again when the bytes are the same", async () => {
    await using bench = await setUp("sqlite");
    const first = await buffer((await bench.openStore().openArchive(bench.key))!.stream);
    await bench.blobs.delete((await bench.stored())[0]!);
    expect(await buffer((await bench.openStore().openArchive(bench.key))!.stream)).toEqual(first);
    expect(await bench.stored()).toHaveLength(1);
  });

  // Tags come and go; what git wrote into files by them is in the checksum of a lock file.
  test("is made again with the tags it was made with", async () => {
    await using bench = await setUp("sqlite");
    const first = await buffer((await bench.openStore().openArchive(bench.key))!.stream);
    expect(await fileIn(first, "VERSION")).toBe("tag: build-7, tag: 1.0.0 build-7");
    bench.upstream.deleteTag("build-7");
    bench.upstream.tag("build-8", { at: bench.key.reference, annotated: true });
    await bench.upstream.write();
    await bench.fetchAll();
    await bench.blobs.delete((await bench.stored())[0]!);
    expect(await buffer((await bench.openStore().openArchive(bench.key))!.stream)).toEqual(first);
  });

  // Whoever has it in a composer.lock would fail on other bytes for ever.
  test("is not replaced by other bytes", async () => {
    await using bench = await setUp("sqlite");
    (await bench.openStore().openArchive(bench.key))?.stream.destroy();
    await bench.blobs.delete((await bench.stored())[0]!);
    await bench.db
      .updateTable("archives")
      .set({ sha1: "0".repeat(40) })
      .execute();
    await expect(bench.openStore().openArchive(bench.key)).rejects.toMatchObject({ code: "service.unavailable" });
    expect(await bench.stored()).toEqual([]);
  });
});
