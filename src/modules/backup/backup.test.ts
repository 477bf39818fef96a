import { appendFile, mkdir, open, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { migrations } from "../../../migrations/index.ts";
import { databaseFile, openCore } from "../../compose.ts";
import { readConfig } from "../../config.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { openDatabase } from "../../platform/database/index.ts";
import { createTarWriter, readTar } from "../../platform/tar/index.ts";
import type { Schema } from "../../schema.ts";
import { createTestClock } from "../../testing/clock.ts";
import { hostPackage } from "../../testing/packages.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { createBackup, restoreBackup } from "./index.ts";
import type { RestoreDeps } from "./index.ts";

const KEY = Buffer.alloc(32, 7);
const ARCHIVE = "ab/pkg_1/abcd-1.zip";
const PACKED_REFS = "mirrors/src_1.git/packed-refs";
const LFS_OBJECT = `mirrors/src_1.lfs/ab/cd/abcd${"0".repeat(60)}`;

/** A data directory with a package, an archive and a mirror; without a server. */
async function openInstallation(options: { password?: string } = {}) {
  await using cleanUp = new AsyncDisposableStack();
  const directory = cleanUp.use(await makeTemporaryDirectory("backup"));
  const dataDir = join(directory.path, "data");
  const environment = { DATA_DIR: dataDir, ENCRYPTION_KEY: KEY.toString("base64"), LOG_LEVEL: "fatal" };
  const clock = createTestClock();
  const core = await openCore(readConfig({ ...environment, ALLOW_PRIVATE_NETWORKS: "1" }), { clock });
  cleanUp.defer(() => core.close());
  await hostPackage(core.database, "acme/core", ["1.0.0"]);
  if (options.password !== undefined) {
    const source = { url: "http://127.0.0.1/acme/core.git", username: "u", password: options.password };
    await addSource(core, commandLine, source);
  }
  for (const [path, content] of [
    [`archives/${ARCHIVE}`, "bytes of a zip"],
    ["archives/.tmp/unfinished", "half"],
    ["mirrors/src_1.git/HEAD", "ref: refs/heads/none\n"],
    [PACKED_REFS, ""],
    ["mirrors/src_2.git.new/HEAD", "half"],
    [LFS_OBJECT, "an object"],
    ["mirrors/src_1.lfs/.incoming-0123", "half an object"],
  ] as const) {
    await mkdir(dirname(join(dataDir, path)), { recursive: true });
    await writeFile(join(dataDir, path), content);
  }
  const owned = cleanUp.move();
  const places = { dataDir, blobDirectory: join(dataDir, "archives"), clock };
  return {
    core,
    dataDir,
    clock,
    root: directory.path,
    backup: (file: string) => createBackup({ ...places, database: core.database, productVersion: "1.2.3" }, file),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function restoreDeps(dataDir: string, changes: Partial<RestoreDeps> = {}): RestoreDeps {
  return {
    dataDir,
    blobDirectory: join(dataDir, "archives"),
    databaseFile: databaseFile({ dataDir }),
    clock: createTestClock(),
    openDatabase: (sqliteFile) => openDatabase<Schema>({ sqliteFile, onError: () => undefined }),
    knownMigrations: Object.keys(migrations),
    cipher: createCipher(KEY),
    ...changes,
  };
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).sort();
}

async function entriesOf(file: string): Promise<Map<string, Buffer>> {
  const handle = await open(file);
  const entries = new Map<string, Buffer>();
  for await (const entry of readTar(handle)) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    if (entry.type === "file") entries.set(entry.path, Buffer.concat(chunks));
  }
  await handle.close();
  return entries;
}

/** Writes a backup of our own making, with checksums that fit. */
async function writeBackup(file: string, entries: ReadonlyMap<string, Buffer>): Promise<void> {
  const handle = await open(file, "w");
  const tar = createTarWriter((bytes) => handle.writeFile(bytes));
  let checksums = "";
  for (const [path, bytes] of [...entries].filter(([name]) => name !== "SHA256SUMS")) {
    const content = { sizeBytes: bytes.length, modifiedAt: new Date(0), content: Readable.from([bytes]) };
    checksums += `${await tar.addFile(path, content)}  ${path}\n`;
  }
  const list = Buffer.from(checksums);
  await tar.addFile("SHA256SUMS", { sizeBytes: list.length, modifiedAt: new Date(0), content: Readable.from([list]) });
  await tar.end();
  await handle.close();
}

describe("backup", () => {
  test("holds database, archives and mirrors, and neither the key nor anything unfinished", async () => {
    await using installation = await openInstallation();
    await writeFile(join(installation.dataDir, "encryption.key"), KEY.toString("base64"));
    const file = join(installation.root, "b.tar");
    const summary = await installation.backup(file);
    expect(summary).toMatchObject({ file, archives: 1, mirrors: 1, sizeBytes: (await stat(file)).size });
    const entries = await entriesOf(file);
    expect([...entries.keys()]).toEqual([
      ...["manifest.json", "package-broker.db", `archives/${ARCHIVE}`],
      ...["mirrors/src_1.git/HEAD", PACKED_REFS, LFS_OBJECT, "SHA256SUMS"],
    ]);
    const database = entries.get("package-broker.db");
    expect(JSON.parse(entries.get("manifest.json")?.toString() ?? "")).toEqual({
      product: "PACKAGE.broker",
      format_version: 1,
      product_version: "1.2.3",
      created_at: 1_800_000_000,
      database: { sha256: sha256Hex(database ?? ""), size_bytes: database?.length },
    });
    expect((await readFile(file)).includes(KEY.toString("base64"))).toBe(false);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(installation.dataDir)).filter((name) => name.startsWith(".backup-"))).toEqual([]);
  });

  test("overwrites no file, and takes over the left-over of a killed one", async () => {
    await using installation = await openInstallation();
    const file = join(installation.root, "b.tar");
    await writeFile(`${file}.partial`, "left over");
    await installation.backup(file);
    const before = await readFile(file);
    await expect(installation.backup(file)).rejects.toThrow("exists already");
    expect(await readFile(file)).toEqual(before);
    expect((await readdir(installation.root)).sort()).toEqual(["b.tar", "data"]);
  });

  test("leaves nothing behind when it fails", async () => {
    await using installation = await openInstallation();
    await writeFile(join(installation.dataDir, "archives", "ab", "bad\nname.zip"), "x");
    await expect(installation.backup(join(installation.root, "b.tar"))).rejects.toThrow("cannot be backed up");
    expect(await readdir(installation.root)).toEqual(["data"]);
    expect((await readdir(installation.dataDir)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test.each(["archives/b.tar", "mirrors/b.tar", "nowhere/b.tar"])("refuses %s as its place", async (place) => {
    await using installation = await openInstallation();
    await expect(installation.backup(join(installation.dataDir, place))).rejects.toThrow(/lies inside|no directory/);
  });
});

describe("restore", () => {
  test("brings back every file and the database", async () => {
    await using installation = await openInstallation();
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    const target = join(installation.root, "new");
    const summary = await restoreBackup(restoreDeps(target), file);
    expect(summary).toMatchObject({ sources: 1, packages: 1, key: "nothing_to_open", mirrorsKeptAs: undefined });
    expect(await listFiles(target)).toEqual([
      ...[`archives/${ARCHIVE}`, "mirrors/src_1.git/HEAD", PACKED_REFS, LFS_OBJECT, "package-broker.db"],
    ]);
    // Without them git does not take it for a repository.
    expect((await readdir(join(target, "mirrors/src_1.git"))).sort()).toEqual([
      "HEAD",
      "objects",
      "packed-refs",
      "refs",
    ]);
    expect((await stat(target)).mode & 0o777).toBe(0o700);
  });

  // Somebody who was logged out, or removed, since the backup would be back with it.
  test("brings back users, and logs all of them out", async () => {
    await using installation = await openInstallation();
    const { db } = installation.core.database;
    const user = { email: "a@example.com", name: "A", role: "owner", created_at: 1, updated_at: 1 } as const;
    await db
      .insertInto("users")
      .values({ id: "user_1", ...user })
      .execute();
    const dates = { created_at: 1, expires_at: 2_000_000_000 };
    await db
      .insertInto("sessions")
      .values({ id: "sess_1", user: "user_1", secret_hash: "a", last_seen_at: 1, ...dates })
      .execute();
    await db
      .insertInto("one_time_links")
      .values({ id: "link_1", kind: "password_reset", user: "user_1", secret_hash: "b", created_by: "cli", ...dates })
      .execute();
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    const target = join(installation.root, "new");
    await restoreBackup(restoreDeps(target), file);
    const restored = restoreDeps(target).openDatabase(join(target, "package-broker.db"));
    const left = [
      await restored.db.selectFrom("users").select("id").execute(),
      await restored.db.selectFrom("sessions").select("id").execute(),
      await restored.db.selectFrom("one_time_links").select("id").execute(),
    ];
    await restored.close();
    expect(left).toEqual([[{ id: "user_1" }], [], []]);
  });

  test.each(["package-broker.db", "package-broker.db-wal"])(
    "refuses a directory with a %s, and touches nothing",
    async (name) => {
      await using installation = await openInstallation();
      const file = join(installation.root, "b.tar");
      await installation.backup(file);
      const target = join(installation.root, "new");
      await mkdir(target);
      await writeFile(join(target, name), "theirs");
      await expect(restoreBackup(restoreDeps(target), file)).rejects.toThrow(
        `${name} exists, and a restore overwrites nothing`,
      );
      expect(await listFiles(target)).toEqual([name]);
      expect(await readFile(join(target, name), "utf8")).toBe("theirs");
    },
  );

  test("completes what a killed restore had half put in place, and deletes no mirror", async () => {
    await using installation = await openInstallation();
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    const target = join(installation.root, "new");
    await restoreBackup(restoreDeps(target), file);
    await rm(join(target, "package-broker.db"));
    await mkdir(join(target, ".restore-abc"));
    const summary = await restoreBackup(restoreDeps(target), file);
    expect(summary.mirrorsKeptAs).toBe(join(target, "mirrors.before-restore-1800000000"));
    expect(await readdir(target)).toEqual(
      expect.arrayContaining(["archives", "mirrors", "mirrors.before-restore-1800000000", "package-broker.db"]),
    );
    expect((await readdir(target)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("puts the archives where STORAGE_URL points", async () => {
    await using installation = await openInstallation();
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    const target = join(installation.root, "new");
    const storage = join(installation.root, "storage");
    await restoreBackup(restoreDeps(target, { blobDirectory: storage }), file);
    expect(await listFiles(storage)).toEqual([ARCHIVE]);
  });

  test.each([
    ["opens_all", createCipher(KEY)],
    ["other_key", createCipher(Buffer.alloc(32, 8))],
    ["no_key", undefined],
  ])("says what the key at hand is worth: %s", async (expected, cipher) => {
    await using installation = await openInstallation({ password: "secret" });
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    const summary = await restoreBackup(restoreDeps(join(installation.root, "new"), { cipher }), file);
    expect(summary.key).toBe(expected);
  });
});

type Tamper = (file: string, entries: Map<string, Buffer>) => Promise<void>;

/** Rewrites the backup with entries that were changed after their checksums were taken, or with new ones. */
const TAMPERED: [string, RegExp, Tamper][] = [
  [
    "a changed archive",
    /archives\/.* was changed or is damaged/,
    async (file) => {
      const bytes = await readFile(file);
      bytes.write("BYTES", bytes.indexOf("bytes of a zip"));
      await writeFile(file, bytes);
    },
  ],
  [
    "a changed database",
    /package-broker\.db in it was changed|header/,
    async (file) => {
      const bytes = await readFile(file);
      bytes.write("acme/evil", bytes.indexOf("acme/core"));
      await writeFile(file, bytes);
    },
  ],
  [
    "another database with fitting checksums",
    /not the one that the manifest describes/,
    async (file, entries) => {
      await writeBackup(file, entries.set("package-broker.db", Buffer.from("another")));
    },
  ],
  [
    "a damaged database with fitting checksums",
    /its database is damaged/,
    async (file, entries) => {
      const database = Buffer.alloc(8192, "junk");
      const manifest = JSON.parse(entries.get("manifest.json")!.toString()) as { database: { sha256: string } };
      manifest.database.sha256 = sha256Hex(database);
      const text = Buffer.from(JSON.stringify(manifest));
      await writeBackup(file, entries.set("package-broker.db", database).set("manifest.json", text));
    },
  ],
  ["a cut off end", /it is cut off/, async (file) => truncate(file, (await stat(file)).size - 2000)],
  ["nothing but its first half", /it is cut off/, async (file) => truncate(file, (await stat(file)).size / 2)],
  [
    "something added",
    /out of place/,
    async (file) => {
      const bytes = await readFile(file);
      await writeFile(file, Buffer.concat([bytes.subarray(0, -1024), bytes.subarray(0, 1024)]));
    },
  ],
  [
    "a path that climbs out",
    /which no backup has/,
    (file, entries) => writeBackup(file, entries.set("archives/../../evil", Buffer.from("x"))),
  ],
  [
    "an absolute path",
    /which no backup has/,
    (file, entries) => writeBackup(file, entries.set("/tmp/evil", Buffer.from("x"))),
  ],
  [
    "a key file",
    /which no backup has/,
    (file, entries) => writeBackup(file, entries.set("encryption.key", Buffer.from("x"))),
  ],
  [
    "a hidden file",
    /which no backup has/,
    (file, entries) => writeBackup(file, entries.set("mirrors/.ssh/authorized_keys", Buffer.from("x"))),
  ],
  [
    "a later format",
    /in another format: restore it with that version/,
    async (file, entries) => {
      const manifest = JSON.parse(entries.get("manifest.json")!.toString()) as object;
      await writeBackup(
        file,
        entries.set("manifest.json", Buffer.from(JSON.stringify({ ...manifest, format_version: 2 }))),
      );
    },
  ],
  [
    "a manifest of something else",
    /it is no backup of PACKAGE\.broker/,
    (file, entries) => writeBackup(file, entries.set("manifest.json", Buffer.from("{}"))),
  ],
  ["no tar archive at all", /no tar archive/, (file) => writeFile(file, "hello ".repeat(1000))],
  ["an empty file", /cut off/, (file) => writeFile(file, "")],
  [
    "a block of noise at the end",
    /damaged, or no tar archive/,
    async (file) => {
      await truncate(file, (await stat(file)).size - 1024);
      await appendFile(file, "noise ".repeat(1000));
    },
  ],
];

describe("restore refuses a backup with", () => {
  test.each(TAMPERED)("%s", async (_what, message, tamper) => {
    await using installation = await openInstallation();
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    await tamper(file, await entriesOf(file));
    const target = join(installation.root, "new");
    await expect(restoreBackup(restoreDeps(target), file)).rejects.toThrow(message);
    expect(await listFiles(installation.root)).not.toContain("evil");
    expect(await listFiles(target)).toEqual([]);
  });

  test("a schema that this version does not know", async () => {
    await using installation = await openInstallation();
    const file = join(installation.root, "b.tar");
    await installation.backup(file);
    const target = join(installation.root, "new");
    const older = restoreDeps(target, { knownMigrations: [] });
    await expect(restoreBackup(older, file)).rejects.toThrow(
      "made by a newer PACKAGE.broker (it has the schema 0001-initial",
    );
    expect(await listFiles(target)).toEqual([]);
  });
});
