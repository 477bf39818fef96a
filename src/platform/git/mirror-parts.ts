import { open, readdir } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** A file or directory of a mirror, by its path inside; the file is open until the next part is asked for. */
export interface MirrorPart {
  readonly path: string;
  /** Undefined for a directory. */
  readonly file: FileHandle | undefined;
}

/** git replaces packs by better ones, so a list of them can be out of date before it is read to its end. */
const PACK_ATTEMPTS_MAX = 20;

const UNFINISHED = /\.lock$|^tmp_|^\.tmp-/;
const LOOSE_DIRECTORY = /^[0-9a-f]{2}$/;
const PACK_FILE = /^(pack-[0-9a-f]+)\.(?:pack|idx|rev|keep|bitmap|mtimes)$/;

/**
 * Everything of a mirror that a copy needs, while syncs go on. Refs come before objects: what they name is there, and
 * objects are only ever added. Loose objects come before packs: git moves them that way. What git can make again
 * (commit graphs, indexes over several packs) is left out, because it must fit the rest exactly.
 */
export async function* readMirrorParts(gitDir: string): AsyncGenerator<MirrorPart> {
  yield* readFiles(gitDir, "");
  yield { path: "refs", file: undefined };
  yield* readFiles(gitDir, "refs", true);
  yield { path: "objects", file: undefined };
  for (const entry of await list(join(gitDir, "objects"))) {
    if (entry.isDirectory() && LOOSE_DIRECTORY.test(entry.name)) yield* readFiles(gitDir, `objects/${entry.name}`);
  }
  yield { path: "objects/pack", file: undefined };
  yield* readPacks(gitDir);
}

async function* readFiles(gitDir: string, directory: string, isRecursive = false): AsyncGenerator<MirrorPart> {
  for (const entry of await list(join(gitDir, directory))) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory() && isRecursive) yield* readFiles(gitDir, path, true);
    if (!entry.isFile() || UNFINISHED.test(entry.name)) continue;
    const file = await openIfThere(join(gitDir, path));
    if (file === undefined) continue;
    try {
      yield { path, file };
    } finally {
      await file.close();
    }
  }
}

async function* readPacks(gitDir: string): AsyncGenerator<MirrorPart> {
  const packs = await openPacks(join(gitDir, "objects", "pack"));
  try {
    for (const [name, file] of packs) yield { path: `objects/pack/${name}`, file };
  } finally {
    await closeAll(packs);
  }
}

/** All at once: an open file stays readable after a repack has removed it, and the new pack holds the same. */
async function openPacks(directory: string): Promise<Map<string, FileHandle>> {
  for (let attempt = 1; ; attempt++) {
    const packs = new Map<string, FileHandle>();
    try {
      const names = (await list(directory)).map((entry) => entry.name);
      const present = new Set(names);
      for (const name of names) {
        const pack = PACK_FILE.exec(name)?.[1];
        // A pack without its index is being installed; the objects are elsewhere as well until it has one.
        if (pack === undefined || !present.has(`${pack}.idx`) || !present.has(`${pack}.pack`)) continue;
        packs.set(name, await open(join(directory, name)));
      }
      return packs;
    } catch (error) {
      await closeAll(packs);
      if (!isMissing(error) || attempt === PACK_ATTEMPTS_MAX) throw error;
    }
  }
}

async function closeAll(files: ReadonlyMap<string, FileHandle>): Promise<void> {
  for (const file of files.values()) await file.close();
}

async function list(directory: string) {
  try {
    return (await readdir(directory, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
