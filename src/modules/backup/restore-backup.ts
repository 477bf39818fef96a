import { link, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { exists, listIfThere, mirrorsDirectory, openIfThere, syncDirectory } from "./backup-files.ts";
import { ARCHIVES_ENTRY, BackupError, DATABASE_ENTRY, MIRRORS_ENTRY } from "./backup-format.ts";
import type { Manifest } from "./backup-format.ts";
import { endLogins, inspectSnapshot } from "./inspect-snapshot.ts";
import type { SnapshotFacts } from "./inspect-snapshot.ts";
import { unpackBackup } from "./unpack-backup.ts";
import type { Staging } from "./unpack-backup.ts";

export interface RestoreDeps {
  readonly clock: Clock;
  readonly dataDir: string;
  readonly databaseFile: string;
  readonly blobDirectory: string;
  readonly openDatabase: (file: string) => Pick<Database, "db" | "close">;
  /** Names of the migrations this version has. */
  readonly knownMigrations: readonly string[];
  /** Undefined when there is no key yet. */
  readonly cipher: Pick<Cipher, "open"> | undefined;
}

export interface RestoreSummary extends SnapshotFacts {
  readonly manifest: Manifest;
  /** Mirrors that were there without a database, put aside. */
  readonly mirrorsKeptAs: string | undefined;
}

const STAGE_PREFIX = ".restore-";

/**
 * Puts a backup into a data directory that has no database. Everything is unpacked and checked beside its place first;
 * the database gets its name last and in one step, so that a broken-off restore leaves none and can be repeated.
 */
export async function restoreBackup(deps: RestoreDeps, file: string): Promise<RestoreSummary> {
  const source = resolve(file);
  const input = await openIfThere(source);
  if (input === undefined) throw new BackupError(`there is no file ${source}`);
  try {
    await refuseUsedDirectory(deps);
    const staging = await makeStaging(deps);
    try {
      const manifest = await unpackBackup(input, staging);
      const facts = await inspect(deps, staging);
      const mirrorsKeptAs = await putInPlace(deps, staging);
      return { ...facts, manifest, mirrorsKeptAs };
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      throw new BackupError(`${source} cannot be restored: ${error.message}`, { cause: error });
    } finally {
      await removeStaging(deps);
    }
  } finally {
    await input.close();
  }
}

/** A write-ahead log without its database counts too: SQLite would apply it to the restored one. */
async function refuseUsedDirectory({ databaseFile, dataDir }: RestoreDeps): Promise<void> {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) {
    if (!(await exists(databaseFile + suffix))) continue;
    throw new BackupError(
      `${databaseFile}${suffix} exists, and a restore overwrites nothing: stop the server, move ${dataDir} away, and restore into an empty directory`,
    );
  }
}

async function makeStaging(deps: RestoreDeps): Promise<Staging> {
  await mkdir(deps.dataDir, { recursive: true, mode: 0o700 });
  await mkdir(deps.blobDirectory, { recursive: true });
  await removeStaging(deps);
  return {
    dataStage: await mkdtemp(join(deps.dataDir, STAGE_PREFIX)),
    blobStage: await mkdtemp(join(deps.blobDirectory, STAGE_PREFIX)),
  };
}

/** Of earlier restores that were killed, too. */
async function removeStaging({ dataDir, blobDirectory }: RestoreDeps): Promise<void> {
  for (const directory of [dataDir, blobDirectory]) {
    for (const { name } of await listIfThere(directory)) {
      if (name.startsWith(STAGE_PREFIX)) await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

async function inspect(deps: RestoreDeps, { dataStage }: Staging): Promise<SnapshotFacts> {
  let database: Pick<Database, "db" | "close">;
  try {
    database = deps.openDatabase(join(dataStage, DATABASE_ENTRY));
  } catch (cause) {
    throw new BackupError(`its database is damaged: ${messageOf(cause)}`, { cause });
  }
  try {
    const facts = await inspectSnapshot(database, deps.knownMigrations, deps.cipher);
    await endLogins(database);
    return facts;
  } finally {
    await database.close();
  }
}

async function putInPlace(deps: RestoreDeps, { dataStage, blobStage }: Staging): Promise<string | undefined> {
  await placeFiles(join(blobStage, ARCHIVES_ENTRY), deps.blobDirectory);
  const mirrorsKeptAs = await placeMirrors(deps, join(dataStage, MIRRORS_ENTRY));
  // A hard link, because it fails where a rename would replace a database that has appeared meanwhile.
  await link(join(dataStage, DATABASE_ENTRY), deps.databaseFile);
  await syncDirectory(dirname(deps.databaseFile));
  return mirrorsKeptAs;
}

/** Archives never change: one that is there already is the same, and this copy of it is known to be whole. */
async function placeFiles(from: string, to: string): Promise<void> {
  const entries = await listIfThere(from);
  if (entries.length > 0) await mkdir(to, { recursive: true });
  for (const entry of entries) {
    if (entry.isDirectory()) await placeFiles(join(from, entry.name), join(to, entry.name));
    else await rename(join(from, entry.name), join(to, entry.name));
  }
  if (entries.length > 0) await syncDirectory(to);
}

/** Mirrors that lie there without a database are nobody's, but they are not ours to delete either. */
async function placeMirrors(deps: RestoreDeps, staged: string): Promise<string | undefined> {
  const target = mirrorsDirectory(deps.dataDir);
  if (!(await exists(staged))) return undefined;
  let keptAs: string | undefined;
  if (await exists(target)) {
    const isEmpty = (await readdir(target)).length === 0;
    keptAs = isEmpty ? undefined : `${target}.before-restore-${nowSeconds(deps.clock)}`;
    // Onto an empty directory a rename goes by itself.
    if (keptAs !== undefined) await rename(target, keptAs);
  }
  await rename(staged, target);
  await syncDirectory(dirname(target));
  return keptAs;
}
