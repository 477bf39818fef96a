import { access, open, readdir, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Dirent } from "node:fs";
import { dirname, extname, join } from "node:path";
import { lfsDirectory, mirrorDirectory } from "../packages/index.ts";

/** A directory this old has no living owner, whichever process it was. */
const ABANDONED_MS = 24 * 3600 * 1000;

export function mirrorsDirectory(dataDir: string): string {
  return dirname(mirrorDirectory(dataDir, "any"));
}

/** Beside the mirrors: the Git LFS objects of sources. */
export const LFS_SUFFIX = extname(lfsDirectory("/", "any"));

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: unknown) => isMissing(error, false),
  );
}

export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return await open(path).catch((error: unknown) => isMissing(error, undefined));
}

/** In a fixed order; empty when there is no such directory. */
export async function listIfThere(directory: string): Promise<Dirent[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => isMissing(error, []));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** After a rename: without it a power cut may forget the new name. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what killed commands have left in `directory`. */
export async function removeStale(directory: string, prefix: string, nowMs: number): Promise<void> {
  for (const entry of await listIfThere(directory)) {
    if (!entry.name.startsWith(prefix)) continue;
    const path = join(directory, entry.name);
    const found = await stat(path).catch((error: unknown) => isMissing(error, undefined));
    if (found !== undefined && nowMs - found.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

/** `value` where a file is missing; every other failure goes on. */
function isMissing<T>(error: unknown, value: T): T {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return value;
  throw error;
}
