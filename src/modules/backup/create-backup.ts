import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { readMirrorParts } from "../../platform/git/mirror-parts.ts";
import { createTarWriter } from "../../platform/tar/index.ts";
import type { TarWriter } from "../../platform/tar/index.ts";
import type { Database } from "../../schema.ts";
import { ARCHIVES_ENTRY, BackupError, CHECKSUMS_ENTRY, DATABASE_ENTRY, FORMAT_VERSION } from "./backup-format.ts";
import { MANIFEST_ENTRY, MIRRORS_ENTRY, formatChecksums, isEntryPath } from "./backup-format.ts";
import type { Manifest } from "./backup-format.ts";
import {
  LFS_SUFFIX,
  exists,
  listIfThere,
  mirrorsDirectory,
  openIfThere,
  removeStale,
  syncDirectory,
} from "./backup-files.ts";

export interface BackupDeps {
  readonly database: Pick<Database, "backupTo">;
  readonly clock: Clock;
  readonly dataDir: string;
  /** Where the archives are. */
  readonly blobDirectory: string;
  readonly productVersion: string;
}

export interface BackupSummary {
  readonly file: string;
  readonly sizeBytes: number;
  readonly archives: number;
  readonly mirrors: number;
}

const CHUNK_BYTES = 1024 * 1024;
const SNAPSHOT_PREFIX = ".backup-";

/**
 * Writes everything but the encryption key into one tar file, while the server serves. The database comes first: the
 * archives and commits that the snapshot names are there by then, and both are only ever added. The file appears under
 * its name when it is whole and on the disk.
 */
export async function createBackup(deps: BackupDeps, file: string): Promise<BackupSummary> {
  const target = resolve(file);
  await refuseTarget(deps, target);
  await removeStale(deps.dataDir, SNAPSHOT_PREFIX, deps.clock.nowMs());
  const scratch = await mkdtemp(join(deps.dataDir, SNAPSHOT_PREFIX));
  try {
    const snapshot = join(scratch, DATABASE_ENTRY);
    await deps.database.backupTo(snapshot);
    return await writeWhole(target, (output) => writeBackup(deps, snapshot, output));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function refuseTarget(deps: BackupDeps, target: string): Promise<void> {
  if (await exists(target)) throw new BackupError(`${target} exists already: choose another name`);
  if (!(await exists(dirname(target))))
    throw new BackupError(`there is no directory ${dirname(target)}: make it first`);
  for (const directory of [resolve(deps.blobDirectory), mirrorsDirectory(deps.dataDir)]) {
    if (!relative(directory, target).startsWith("..")) {
      throw new BackupError(`${target} lies inside what is backed up: choose another place, best on another machine`);
    }
  }
}

/** A crash or a full disk leaves `FILE.partial`, never half a backup under the final name. */
async function writeWhole<T>(target: string, write: (output: FileHandle) => Promise<T>) {
  const partial = `${target}.partial`;
  await rm(partial, { force: true });
  const output = await open(partial, "wx", 0o600);
  try {
    const result = await write(output);
    await output.sync();
    const { size, ino } = await output.stat();
    // Another backup to the same name may have taken this one's unfinished file for a left-over.
    if ((await stat(partial)).ino !== ino || (await exists(target))) {
      throw new BackupError(`another backup wrote ${target} at the same time`);
    }
    await rename(partial, target);
    await syncDirectory(dirname(target));
    return { ...result, file: target, sizeBytes: size };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await output.close();
  }
}

async function writeBackup(deps: BackupDeps, snapshot: string, output: FileHandle) {
  const tar = createTarWriter((bytes) => output.writeFile(bytes));
  const backup = createContents(tar, new Date(deps.clock.nowMs()));
  const { size } = await stat(snapshot);
  const manifest: Manifest = {
    product: "PACKAGE.broker",
    format_version: FORMAT_VERSION,
    product_version: deps.productVersion,
    created_at: nowSeconds(deps.clock),
    database: { sha256: await hashFile(snapshot), size_bytes: size },
  };
  await backup.addText(MANIFEST_ENTRY, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await backup.addFile(DATABASE_ENTRY, snapshot);
  const archives = await addTree(backup, ARCHIVES_ENTRY, deps.blobDirectory);
  const mirrors = await addMirrors(backup, mirrorsDirectory(deps.dataDir));
  await backup.addText(CHECKSUMS_ENTRY, formatChecksums(backup.checksums));
  await tar.end();
  return { archives, mirrors };
}

type Contents = ReturnType<typeof createContents>;

function createContents(tar: TarWriter, now: Date) {
  const checksums = new Map<string, string>();
  const assertPath = (path: string) => {
    if (!isEntryPath(path)) throw new BackupError(`${JSON.stringify(path)} cannot be backed up: rename it`);
  };
  const addOpenFile = async (path: string, file: FileHandle) => {
    assertPath(path);
    const { size, mtime } = await file.stat();
    checksums.set(
      path,
      await tar.addFile(path, { sizeBytes: size, modifiedAt: mtime, content: readBytes(file, size) }),
    );
  };
  return {
    checksums,
    addOpenFile,
    async addDirectory(path: string) {
      assertPath(path);
      await tar.addDirectory(path, now);
    },
    async addText(path: string, text: string) {
      const bytes = Buffer.from(text);
      checksums.set(
        path,
        await tar.addFile(path, { sizeBytes: bytes.length, modifiedAt: now, content: Readable.from([bytes]) }),
      );
    },
    /** False when the file has gone since it was listed. */
    async addFile(path: string, source: string): Promise<boolean> {
      const file = await openIfThere(source);
      if (file === undefined) return false;
      try {
        await addOpenFile(path, file);
        return true;
      } finally {
        await file.close();
      }
    },
  };
}

/** Archives and Git LFS objects never change, and those that are being written have names with a dot in front. */
async function addTree(backup: Contents, path: string, directory: string): Promise<number> {
  let files = 0;
  for (const entry of await listIfThere(directory)) {
    if (entry.name.startsWith(".")) continue;
    const entryPath = `${path}/${entry.name}`;
    const source = join(directory, entry.name);
    if (entry.isDirectory()) files += await addTree(backup, entryPath, source);
    else if (entry.isFile() && (await backup.addFile(entryPath, source))) files++;
  }
  return files;
}

async function addMirrors(backup: Contents, directory: string): Promise<number> {
  const added = new Set<string>();
  let mirrors = 0;
  for (;;) {
    const names = (await listIfThere(directory)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    // Half-made ones, and those we have: a damaged mirror is moved aside under a new name while we read it.
    const name = names.find((candidate) => !candidate.endsWith(".new") && !added.has(candidate));
    if (name === undefined) return mirrors;
    added.add(name);
    if (name.endsWith(LFS_SUFFIX)) {
      await addTree(backup, `${MIRRORS_ENTRY}/${name}`, join(directory, name));
      continue;
    }
    mirrors++;
    await addMirror(backup, `${MIRRORS_ENTRY}/${name}`, join(directory, name));
  }
}

async function addMirror(backup: Contents, path: string, gitDir: string): Promise<void> {
  await backup.addDirectory(path);
  for await (const part of readMirrorParts(gitDir)) {
    const partPath = `${path}/${part.path}`;
    if (part.file === undefined) await backup.addDirectory(partPath);
    else await backup.addOpenFile(partPath, part.file);
  }
}

async function* readBytes(file: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, sizeBytes));
  for (let offset = 0; offset < sizeBytes;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, sizeBytes - offset), offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function hashFile(path: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) digest.update(chunk);
  return digest.digest("hex");
}
