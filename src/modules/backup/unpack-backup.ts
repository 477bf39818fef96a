import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TarError, readTar } from "../../platform/tar/index.ts";
import type { TarEntry } from "../../platform/tar/index.ts";
import { syncDirectory } from "./backup-files.ts";
import { ARCHIVES_ENTRY, BackupError, CHECKSUMS_ENTRY, DATABASE_ENTRY, TEXT_ENTRY_BYTES_MAX } from "./backup-format.ts";
import { MANIFEST_ENTRY, isEntryPath, parseChecksums, readManifest } from "./backup-format.ts";
import type { Manifest } from "./backup-format.ts";

/** Where the parts of a backup go until all of it is known to be whole. */
export interface Staging {
  /** For the database and the mirrors. */
  readonly dataStage: string;
  /** For the archives: storage may be another disk, and a rename does not cross disks. */
  readonly blobStage: string;
}

/** Unpacks into empty directories and checks every byte against the backup's own checksums. */
export async function unpackBackup(input: FileHandle, staging: Staging): Promise<Manifest> {
  try {
    return await unpack(input, staging);
  } catch (error) {
    if (error instanceof TarError) throw new BackupError(error.message, { cause: error });
    throw error;
  }
}

async function unpack(input: FileHandle, staging: Staging): Promise<Manifest> {
  const found = new Map<string, string>();
  const directories = new Set<string>();
  let manifest: Manifest | undefined;
  let checksums: string | undefined;
  for await (const entry of readTar(input)) {
    if (manifest === undefined) {
      if (entry.path !== MANIFEST_ENTRY) throw new BackupError("it is no backup of PACKAGE.broker");
      const text = await readText(entry);
      manifest = readManifest(text.toString("utf8"));
      found.set(entry.path, createHash("sha256").update(text).digest("hex"));
      continue;
    }
    if (checksums !== undefined || found.has(entry.path)) throw new BackupError(`it holds ${entry.path} out of place`);
    if (entry.path === CHECKSUMS_ENTRY) {
      checksums = (await readText(entry)).toString("utf8");
      continue;
    }
    const target = targetOf(entry.path, staging);
    await makeDirectory(entry.type === "directory" ? target : dirname(target), directories);
    if (entry.type === "file") found.set(entry.path, await writeEntry(target, entry));
  }
  if (manifest === undefined || checksums === undefined) throw new BackupError("it is cut off");
  compare(parseChecksums(checksums), found);
  if (found.get(DATABASE_ENTRY) !== manifest.database.sha256) {
    throw new BackupError("its database is not the one that the manifest describes");
  }
  for (const directory of directories) await syncDirectory(directory);
  return manifest;
}

function targetOf(path: string, { dataStage, blobStage }: Staging): string {
  if (!isEntryPath(path)) throw new BackupError(`it holds ${JSON.stringify(path)}, which no backup has`);
  return join(path.startsWith(`${ARCHIVES_ENTRY}/`) ? blobStage : dataStage, path);
}

async function makeDirectory(directory: string, known: Set<string>): Promise<void> {
  if (known.has(directory)) return;
  const first = await mkdir(directory, { recursive: true });
  for (let made = directory; first !== undefined && made.length >= first.length; made = dirname(made)) known.add(made);
  known.add(directory);
}

/** Never over something that is there, and on the disk before it counts as written. */
async function writeEntry(target: string, entry: TarEntry): Promise<string> {
  const output = await open(target, "wx", 0o640);
  try {
    const digest = createHash("sha256");
    for await (const chunk of entry.content) {
      digest.update(chunk);
      await output.writeFile(chunk);
    }
    await output.sync();
    return digest.digest("hex");
  } finally {
    await output.close();
  }
}

async function readText(entry: TarEntry): Promise<Buffer> {
  if (entry.sizeBytes > TEXT_ENTRY_BYTES_MAX) throw new BackupError(`its ${entry.path} is too large`);
  const chunks: Buffer[] = [];
  for await (const chunk of entry.content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function compare(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): void {
  for (const [path, sha256] of expected) {
    const actual = found.get(path);
    if (actual === undefined) throw new BackupError(`${path} is missing in it`);
    if (actual !== sha256) throw new BackupError(`${path} in it was changed or is damaged`);
  }
  const extra = [...found.keys()].find((path) => !expected.has(path));
  if (extra !== undefined) throw new BackupError(`it holds ${extra}, which it does not list`);
}
