import { access, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GitError } from "./git-error.ts";
import type { Git } from "./git.ts";

const INIT_TIMEOUT_MS = 30_000;

/** More copies than this mean that making a new mirror does not help. */
const MOVED_ASIDE_MAX = 3;

/** Its presence says that somebody found the mirror damaged: a reader may not repair it, the next sync does. */
const DAMAGED_MARK = "package-broker-damaged";

/** Makes an empty bare repository; it appears whole or not at all. Returns false when there is one already. */
export async function ensureRepository(git: Git, gitDir: string): Promise<boolean> {
  if ((await isRepository(gitDir)) && !(await exists(join(gitDir, DAMAGED_MARK)))) return false;
  await mkdir(dirname(gitDir), { recursive: true });
  const unfinished = `${gitDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await git.run(["init", "--quiet", "--bare", "--template=", "--initial-branch=none", "--", unfinished], {
    timeoutMs: INIT_TIMEOUT_MS,
  });
  // Whatever lies there is no repository: half of one, from a copy or a restore that broke off.
  if (await exists(gitDir)) await moveAside(gitDir);
  await rename(unfinished, gitDir);
  return true;
}

/** Removes what a killed git left behind. Only for the holder of the source's claim: nobody else writes then. */
export async function removeStaleFiles(gitDir: string): Promise<void> {
  for (const directory of ["", "objects", "objects/info", "objects/pack"]) {
    await removeMatching(join(gitDir, directory), /\.lock$|^tmp_|^\.tmp-/, false);
  }
  await removeMatching(join(gitDir, "refs"), /\.lock$/, true);
}

/** Keeps a damaged mirror beside the new one: its objects may be the last copies of published commits. */
export async function moveAside(gitDir: string): Promise<string> {
  const earlier = await listMovedAside(gitDir);
  if (earlier.length >= MOVED_ASIDE_MAX) {
    const message = `the local mirror was damaged ${earlier.length + 1} times: check the disk, then remove ${gitDir}.damaged-* and sync again`;
    throw new GitError("other", message);
  }
  const place = damagedName(gitDir, earlier.length + 1);
  await rename(gitDir, place);
  return place;
}

/** Takes back {@link moveAside}: making a new mirror did not help, so the old one is not what is wrong. */
export async function moveBack(gitDir: string, place: string): Promise<void> {
  await rm(gitDir, { recursive: true, force: true });
  await rename(place, gitDir);
  await rm(join(gitDir, DAMAGED_MARK), { force: true });
}

export async function markDamaged(gitDir: string): Promise<void> {
  await writeFile(join(gitDir, DAMAGED_MARK), "");
}

/** The mirrors that were moved aside, oldest first. */
export async function listMovedAside(gitDir: string): Promise<string[]> {
  const found: string[] = [];
  for (let number = 1; await exists(damagedName(gitDir, number)); number++) found.push(damagedName(gitDir, number));
  return found;
}

export async function countPacks(gitDir: string): Promise<number> {
  const names = await readdir(join(gitDir, "objects", "pack"));
  return names.filter((name) => name.endsWith(".pack")).length;
}

const LOOK_AT_PACK_EVERY_MS = 500;

/** Watches packs that are being received. */
export interface PackGuard {
  /** Aborted when one has outgrown the limit. */
  readonly signal: AbortSignal;
  /** Also where the limit of git's files ended it: then git says no more than that its pack cannot be used. */
  hasOutgrown(): Promise<boolean>;
  stop(): void;
}

export function guardPackSize(gitDir: string, sizeBytesMax: number): PackGuard {
  const outgrown = new AbortController();
  const largest = async () => Math.max(0, ...(await sizesOfPacks(gitDir, (name) => name.startsWith("tmp_pack_"))));
  const look = async () => {
    if ((await largest()) <= sizeBytesMax) return;
    stop();
    outgrown.abort();
  };
  const timer = setInterval(() => void look(), LOOK_AT_PACK_EVERY_MS).unref();
  const stop = () => clearInterval(timer);
  const hasOutgrown = async () => outgrown.signal.aborted || (await largest()) >= sizeBytesMax;
  return { signal: outgrown.signal, hasOutgrown, stop };
}

/** What the packs of a mirror take on the disk. */
export async function sizeOfPacks(gitDir: string): Promise<number> {
  const sizes = await sizesOfPacks(gitDir, (name) => name.endsWith(".pack"));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizesOfPacks(gitDir: string, isWanted: (name: string) => boolean): Promise<number[]> {
  const directory = join(gitDir, "objects", "pack");
  const names = (await readdir(directory).catch((): string[] => [])).filter(isWanted);
  const sizeOf = (name: string) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    );
  return await Promise.all(names.map(sizeOf));
}

function damagedName(gitDir: string, number: number): string {
  return `${gitDir}.damaged-${number}`;
}

async function isRepository(gitDir: string): Promise<boolean> {
  const parts = await Promise.all(["HEAD", "config", "objects", "refs"].map((name) => exists(join(gitDir, name))));
  return parts.every(Boolean);
}

async function removeMatching(directory: string, pattern: RegExp, recursive: boolean): Promise<void> {
  if (!(await exists(directory))) return;
  for (const entry of await readdir(directory, { recursive, withFileTypes: true })) {
    if (entry.isFile() && pattern.test(entry.name)) await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
