import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { RemoteRef } from "./remote-refs.ts";

const HEADER = "# pack-refs with: peeled fully-peeled sorted \n";
const UPSTREAM = "refs/remotes/upstream/";
const PUBLISHED = "refs/published/";

/** What the mirror's refs are to become: the remote's as they are now, and pins that only ever grow in number. */
export interface MirrorRefs {
  readonly upstream?: readonly RemoteRef[];
  readonly pins?: Iterable<string>;
}

/**
 * Writes all refs of a mirror in one file, as `git pack-refs` leaves them, under git's own lock. A thousand loose refs
 * cost git a second of file creation at the first sync and slow every later one; this costs a few milliseconds.
 */
export async function writePackedRefs(gitDir: string, change: MirrorRefs): Promise<void> {
  const lines = await readPackedRefs(gitDir);
  if (change.upstream !== undefined) {
    for (const ref of lines.keys()) if (ref.startsWith(UPSTREAM)) lines.delete(ref);
    for (const { ref, objectId, targetId } of change.upstream) {
      const peeled = targetId === objectId ? "" : `^${targetId}\n`;
      const name = UPSTREAM + ref.slice("refs/".length);
      lines.set(name, `${objectId} ${name}\n${peeled}`);
    }
  }
  for (const commit of change.pins ?? []) lines.set(PUBLISHED + commit, `${commit} ${PUBLISHED}${commit}\n`);
  const sorted = [...lines].map(([name, line]) => [Buffer.from(name), line] as const);
  sorted.sort(([left], [right]) => Buffer.compare(left, right));
  const lock = join(gitDir, "packed-refs.lock");
  const file = await open(lock, "wx", 0o644);
  try {
    await file.writeFile(HEADER + sorted.map(([, line]) => line).join(""));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(lock, join(gitDir, "packed-refs"));
}

/** What a mirror holds, by its own account. */
export interface HeldRefs {
  /** Commits that are pinned. */
  readonly pins: ReadonlySet<string>;
  /** `refs/heads/…` and `refs/tags/…` of the remote as they were fetched last → their objects. */
  readonly upstream: ReadonlyMap<string, string>;
}

export async function listHeldRefs(gitDir: string): Promise<HeldRefs> {
  const pins = new Set<string>();
  const upstream = new Map<string, string>();
  for (const [name, line] of await readPackedRefs(gitDir)) {
    if (name.startsWith(PUBLISHED)) pins.add(name.slice(PUBLISHED.length));
    else if (name.startsWith(UPSTREAM)) upstream.set(`refs/${name.slice(UPSTREAM.length)}`, line.slice(0, 40));
  }
  return { pins, upstream };
}

/** Ref name → its lines, the peeled one included. */
async function readPackedRefs(gitDir: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  let name = "";
  for (const line of (await readIfThere(join(gitDir, "packed-refs"))).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("^")) refs.set(name, `${refs.get(name) ?? ""}${line}\n`);
    else {
      name = line.slice(line.indexOf(" ") + 1);
      refs.set(name, `${line}\n`);
    }
  }
  return refs;
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
