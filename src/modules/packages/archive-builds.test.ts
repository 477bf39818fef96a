import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { manyFiles, plantBomb } from "../../../e2e/support/bombs.ts";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createFileBlobStore } from "../../platform/blobs/index.ts";
import { createGit } from "../../platform/git/index.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase } from "../../testing/database.ts";
import { createArchives, insertPackagesIfNew, insertVersions, mirrorDirectory } from "./index.ts";
import type { ArchiveKey } from "./index.ts";

const LARGE = Buffer.alloc(17 * 1024 * 1024);
const WAIT = { timeout: 60_000 };

/** Sources whose mirrors are here, and a git that says what it does and packs what is held back only when it may. */
async function setUp() {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("builds"));
  const { database } = stack.use(await createTestDatabase("sqlite"));
  const { db } = database;
  const [bin, log, held] = ["bin", "log", "held"].map((name) => join(directory.path, name)) as [string, string, string];
  for (const made of [bin, held]) await mkdir(made);
  await writeFile(log, "");
  const script = [
    "#!/bin/sh",
    `case " $* " in *" archive "*) for last; do :; done; echo "$$ $last" >> ${log}`,
    `[ ! -p ${held}/$last ] || read line < ${held}/$last;; esac`,
    'exec /usr/bin/git "$@"\n',
  ];
  await writeFile(join(bin, "git"), script.join("\n"));
  await chmod(join(bin, "git"), 0o755);
  const git = createGit({ environment: { PATH: `${bin}:${process.env["PATH"] ?? ""}` }, allowLocal: true });
  stack.defer(() => git.close());
  const dataDir = join(directory.path, "data");
  const blobDirectory = join(dataDir, "archives");
  const blobs = await createFileBlobStore(blobDirectory, () => 0);
  const clock = createTestClock();
  const archives = createArchives({ database, blobs, git, clock, dataDir });
  const begun = async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  return {
    db,
    clock,
    archives,
    begun,
    blobDirectory,
    addSource: async (id: string) => {
      const text = { state_detail: null, username: null, sealed_password: null, claimed_by: null, claimed_until: null };
      const times = { created_at: 1, next_sync_at: 1, synced_at: 1, reading_key: null, removed_at: null };
      const source = { id, type: "git", url: `https://example.com/${id}`, name: id, filters: "[]" } as const;
      await db
        .insertInto("sources")
        .values({ ...source, ...text, ...times, state: "active" })
        .execute();
      const facts = { description: null, type: null, abandoned: null, created_at: 1, updated_at: 1 };
      await insertPackagesIfNew(db, [{ id: `pkg_${id}`, name: `${id}/core`, source: id, revision: 1, ...facts }]);
      return await GitRepository.create(mirrorDirectory(dataDir, id));
    },
    /** As an earlier release would have, which looked into nothing. */
    publish: async (source: string, version: string, reference: string): Promise<ArchiveKey> => {
      const names = { version, version_normalized: `${version}.0`, stability: "stable", is_dev: 0, metadata: "{}" };
      const dates = { time: 1, released_at: 1, published_at: 1, withdrawn_at: null, shasum: "" };
      const origin = { source, source_ref: `refs/tags/${version}`, reference };
      const id = `ver_${source}_${version}`;
      await insertVersions(db, [{ id, package: `pkg_${source}`, ...names, ...dates, ...origin }]);
      return { packageId: `pkg_${source}`, reference };
    },
    hold: ({ reference }: ArchiveKey) => void execFileSync("mkfifo", [join(held, reference)]),
    /** Lets one build go on. */
    release: ({ reference }: ArchiveKey) => writeFile(join(held, reference), "go\n"),
    hasBegun: async ({ reference }: ArchiveKey, times = 1) => {
      const builds = async () => (await begun()).filter((line) => line.endsWith(reference)).length;
      await expect.poll(builds, WAIT).toBe(times);
    },
    damage: (directory: string) => rename(directory, `${directory}.away`),
    async expectNoTraces(): Promise<void> {
      for (const line of await begun()) {
        await expect.poll(() => isAlive(Number(line.split(" ")[0])), WAIT).toBe(false);
      }
      await expect.poll(() => readdir(join(blobDirectory, ".tmp")), WAIT).toEqual([]);
      expect((await readdir(blobDirectory, { recursive: true })).filter((name) => name.endsWith(".zip"))).toEqual([]);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A commit with one large file. */
async function commitLarge(repository: GitRepository, tag: string): Promise<string> {
  repository.commit({ "composer.json": "{}", "data.bin": LARGE, [tag]: tag });
  repository.tag(tag);
  await repository.write();
  return await repository.resolve(tag);
}

test("two huge archives of one source under way keep no buyer of another from a small one, nor from a large one", async () => {
  await using bench = await setUp();
  const evil = await bench.addSource("evil");
  const huge = [];
  for (const version of ["1.0.0", "1.0.1"]) {
    huge.push(await bench.publish("evil", version, await commitLarge(evil, version)));
  }
  huge.forEach(bench.hold);
  const acme = await bench.addSource("acme");
  acme.commit({ "composer.json": "{}" });
  await acme.write();
  const small = await bench.publish("acme", "1.0.0", await acme.resolve("main"));
  const large = await bench.publish("acme", "2.0.0", await commitLarge(acme, "2.0.0"));
  const waiting = huge.map((key) => bench.archives.openArchive(key));
  await bench.hasBegun(huge[0]!);
  for (const key of [small, large]) {
    const opened = await bench.archives.openArchive(key);
    expect((await buffer(opened!.stream)).length).toBe(opened?.sizeBytes);
  }
  for (const key of huge) await bench.release(key);
  for (const opened of await Promise.all(waiting)) opened?.stream.destroy();
  expect(await bench.begun()).toHaveLength(4);
}, 120_000);

test("a build is ended with git and its file when the last who waited has left, and not before", async () => {
  await using bench = await setUp();
  const key = await bench.publish("acme", "1.0.0", await commitLarge(await bench.addSource("acme"), "1.0.0"));
  bench.hold(key);
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = [first, second].map(({ signal }) => bench.archives.openArchive(key, signal));
  await bench.hasBegun(key);
  first.abort();
  await expect(waiting[0]).rejects.toThrow();
  expect(isAlive(Number((await bench.begun())[0]?.split(" ")[0]))).toBe(true);
  second.abort();
  await expect(waiting[1]).rejects.toThrow();
  await bench.expectNoTraces();
  // That nobody waited says nothing about the archive: the next one gets it.
  const later = bench.archives.openArchive(key);
  await bench.release(key);
  (await later)?.stream.destroy();
}, 120_000);

test("a build that the sync wants goes on when a buyer who waited for the same has left", async () => {
  await using bench = await setUp();
  const key = await bench.publish("acme", "1.0.0", await commitLarge(await bench.addSource("acme"), "1.0.0"));
  bench.hold(key);
  const synced = bench.archives.buildArchive(key, "acme");
  await bench.hasBegun(key);
  const leaving = new AbortController();
  const bought = bench.archives.openArchive(key, leaving.signal);
  leaving.abort();
  await expect(bought).rejects.toThrow();
  await bench.release(key);
  expect((await synced).reference).toBe(key.reference);
}, 120_000);

test("a build that takes too long is ended, and not begun again by each who asks again", async () => {
  await using bench = await setUp();
  const key = await bench.publish("acme", "1.0.0", await commitLarge(await bench.addSource("acme"), "1.0.0"));
  bench.hold(key);
  const late = bench.archives.openArchive(key);
  await bench.hasBegun(key);
  bench.clock.advanceSeconds(120);
  await expect(late).rejects.toMatchObject({ code: "service.unavailable", retryAfterSeconds: 10 });
  await bench.expectNoTraces();
  for (let time = 0; time < 3; time++) {
    await expect(bench.archives.openArchive(key)).rejects.toMatchObject({ code: "service.unavailable" });
  }
  expect(await bench.begun()).toHaveLength(1);
  bench.clock.advanceSeconds(10);
  const again = bench.archives.openArchive(key);
  await bench.hasBegun(key, 2);
  await bench.release(key);
  (await again)?.stream.destroy();
}, 120_000);

// As the system does that has no memory left: that says nothing about the archive.
test("a build whose git was killed by somebody else is tried again", async () => {
  await using bench = await setUp();
  const key = await bench.publish("acme", "1.0.0", await commitLarge(await bench.addSource("acme"), "1.0.0"));
  bench.hold(key);
  const killed = bench.archives.openArchive(key);
  await bench.hasBegun(key);
  process.kill(Number((await bench.begun())[0]?.split(" ")[0]), "SIGKILL");
  await expect(killed).rejects.toMatchObject({ code: "service.unavailable" });
  bench.clock.advanceSeconds(10);
  const again = bench.archives.openArchive(key);
  await bench.hasBegun(key, 2);
  await bench.release(key);
  (await again)?.stream.destroy();
}, 120_000);

test.each([
  ["a tree bomb", 10, "<?php\n"],
  ["a disk bomb", 4, "x".repeat(4 * 1024 * 1024)],
])(
  "%s costs no git archive, is told as lasting, and is looked at again when its source was read",
  async (_, levels, content) => {
    await using bench = await setUp();
    const { directory } = await bench.addSource("evil");
    const innermost = await manyFiles(directory, 10, content);
    const bomb = { innermost, width: 10, levels, composerJson: "{}" };
    const key = await bench.publish("evil", "1.0.0", await plantBomb(directory, "1.0.0", bomb));
    const refused = { code: "resource.not_found", message: expect.stringContaining("cannot be made") as unknown };
    const first: unknown = await bench.archives.openArchive(key).catch((error: unknown) => error);
    expect(first).toMatchObject({ ...refused, internal: expect.stringContaining("ARCHIVE_MAX_") as unknown });
    expect(await bench.begun()).toEqual([]);
    // Remembered: without a repository to look into, the answer is the same.
    await bench.damage(directory);
    await expect(bench.archives.openArchive(key)).rejects.toMatchObject(refused);
    await bench.db.updateTable("sources").set({ synced_at: 2 }).execute();
    await expect(bench.archives.openArchive(key)).rejects.toMatchObject({ code: "service.unavailable" });
    await bench.expectNoTraces();
  },
  120_000,
);
