import { setImmediate } from "node:timers/promises";
import { GitError } from "../git-error.ts";
import type { Git } from "../git.ts";
import { readObjects } from "../object-reader.ts";
import { readTree } from "../tree.ts";
import type { TreeEntry } from "../tree.ts";

/** How git is run on the repository that is looked at. */
export interface LocalGit {
  readonly git: Git;
  readonly gitDir: string;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** The directories of some commits, each once: a thousand releases share most of theirs. */
export interface Forest {
  /** Commit → its root directory. */
  readonly roots: ReadonlyMap<string, string>;
  /** Undefined where the directory cannot be read; see {@link NESTED_MAX}. */
  entriesOf(tree: string): readonly TreeEntry[] | undefined;
  /** Every file's id, once. */
  readonly files: ReadonlySet<string>;
  /** Those of them that are called `.gitattributes`. */
  readonly attributes: ReadonlySet<string>;
}

/** Deeper than any path that a file system takes. */
export const NESTED_MAX = 100;
const TREE_BYTES_MAX = 4 * 1024 * 1024;
/** After so many bytes of directories, some thousands of entries, others get a turn. */
const BYTES_PER_TURN = 256 * 1024;

/**
 * Of all directories that are kept at a time: a million entries. The commits of a large repository are looked at in
 * several rounds; one alone that has more is no package.
 */
export const FOREST_BYTES_MAX = 48 * 1024 * 1024;

/**
 * Reads all directories below the commits, one level after the other, each level through one process. Undefined as soon
 * as there are more than `bytesMax`.
 */
export async function readForest(
  local: LocalGit,
  commits: readonly string[],
  bytesMax: number,
): Promise<Forest | undefined> {
  const trees = new Map<string, Buffer | undefined>();
  const roots = new Map<string, string>();
  const files = new Set<string>();
  const attributes = new Set<string>();
  let level: string[] = [];
  let [read, turn] = [0, 0];
  const take = async (tree: string, content: Buffer) => {
    // A copy: what was read is a part of a larger piece of git's output, which would be kept as well.
    trees.set(tree, Buffer.from(content));
    for (const { kind, name, id } of readTree(content)) {
      if (kind === "directory") level.push(id);
      else if (kind !== "submodule") files.add(id);
      if (name === ".gitattributes" && kind !== "directory") attributes.add(id);
    }
    read += content.length;
    if (read - turn < BYTES_PER_TURN) return;
    turn = read;
    await setImmediate();
  };
  const names = commits.map((commit) => `${commit}^{tree}`);
  let index = 0;
  for await (const object of readObjects(local.git, names, { ...local, sizeBytesMax: TREE_BYTES_MAX })) {
    const commit = commits[index++] ?? "";
    if (object.kind === "missing") throw lost(commit);
    if (object.kind === "too_large") continue;
    roots.set(commit, object.id);
    if (!trees.has(object.id)) await take(object.id, object.content);
    if (read > bytesMax) return undefined;
  }
  for (let depth = 0; depth < NESTED_MAX && level.length > 0; depth++) {
    const wanted = [...new Set(level)].filter((id) => !trees.has(id));
    level = [];
    index = 0;
    for await (const object of readObjects(local.git, wanted, { ...local, sizeBytesMax: TREE_BYTES_MAX })) {
      const id = wanted[index++] ?? "";
      if (object.kind === "missing") throw lost(id);
      if (object.kind === "found") await take(id, object.content);
      if (read > bytesMax) return undefined;
    }
  }
  return {
    roots,
    files,
    attributes,
    entriesOf(tree) {
      const content = trees.get(tree);
      return content === undefined ? undefined : readTree(content);
    },
  };
}

const IDS_AT_ONCE = 25_000;

/** The sizes of files, in bytes. */
export async function readSizes(local: LocalGit, ids: ReadonlySet<string>): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const all = [...ids];
  for (let start = 0; start < all.length; start += IDS_AT_ONCE) {
    const stdin = all.slice(start, start + IDS_AT_ONCE).join("\n");
    const format = "--batch-check=%(objectname) %(objectsize)";
    const output = await local.git.run(["cat-file", "--buffer", format], { ...local, stdin: `${stdin}\n` });
    for (const line of output.toString("latin1").split("\n")) {
      if (line === "") continue;
      const [id = "", size = ""] = line.split(" ");
      if (!/^\d+$/.test(size)) throw lost(id);
      sizes.set(id, Number(size));
    }
    await setImmediate();
  }
  return sizes;
}

/** It was fetched, so it must be there. */
function lost(id: string): GitError {
  return new GitError("damaged", `the local mirror has lost ${id}`);
}
