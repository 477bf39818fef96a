import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GitError } from "./git-error.ts";
import type { Git } from "./git.ts";
import { guardPackSize } from "./mirror-files.ts";
import { readObjects } from "./object-reader.ts";
import type { RemoteRef } from "./remote-refs.ts";
import type { GitRemote } from "./remote.ts";
import { readTree } from "./tree.ts";

export interface PreviewOptions {
  /** An empty bare repository that is thrown away afterwards. */
  readonly gitDir: string;
  readonly remote: GitRemote;
  readonly refs: readonly RemoteRef[];
  /** At the root of the repository. */
  readonly file: string;
  readonly timeoutMs: number;
  readonly packBytesMax: number;
  readonly signal: AbortSignal;
}

const TREE_BYTES_MAX = 4_000_000;

/**
 * Gets as little as possible to read one file of each ref: the refs' own objects, their commits and root directories,
 * then the file where it stands in one. A server that knows no filters sends its refs whole, without their histories.
 */
export async function fetchForPreview(git: Git, options: PreviewOptions): Promise<void> {
  if (options.refs.length === 0) return;
  const config = join(options.gitDir, "config");
  const before = await readFile(config);
  const refs = new Set(options.refs.map(({ objectId }) => objectId));
  try {
    await fetchIds(git, options, ["--depth=1", "--filter=tree:1"], refs);
  } finally {
    // git notes that it may fetch what is missing whenever something is read: to an address that nobody has checked.
    await writeFile(config, before);
  }
  const missing = await listMissing(git, options, await listFiles(git, options));
  if (missing.length > 0) await fetchIds(git, options, [], missing);
}

/**
 * Which of these commits the remote does not give out. Most hosts give any that they still have, whether or not a branch
 * leads there today. Without their files, which takes a server that knows filters.
 */
export async function listUnheld(
  git: Git,
  options: Omit<PreviewOptions, "refs" | "file">,
  commits: readonly string[],
): Promise<string[]> {
  const unheld: string[] = [];
  for (const commit of commits) {
    try {
      await fetchIds(git, options, ["--depth=1", "--filter=tree:0"], [commit]);
    } catch (error) {
      if (!(error instanceof GitError) || error.kind === "aborted" || error.kind === "timeout") throw error;
      unheld.push(commit);
    }
  }
  return unheld;
}

/** Beyond this no file is worth a look. */
const FILE_SIZE_MAX = "128k";

/**
 * Gets these objects whole, but for large files where the server knows filters, and without any history. What is left
 * out is missing afterwards.
 */
export async function fetchWithoutHistory(
  git: Git,
  options: Omit<PreviewOptions, "refs" | "file">,
  ids: readonly string[],
): Promise<void> {
  const config = join(options.gitDir, "config");
  const before = await readFile(config);
  try {
    await fetchIds(git, options, ["--depth=1", `--filter=blob:limit=${FILE_SIZE_MAX}`], new Set(ids));
  } finally {
    await writeFile(config, before);
  }
}

async function fetchIds(
  git: Git,
  options: Omit<PreviewOptions, "refs" | "file">,
  how: string[],
  ids: Iterable<string>,
): Promise<void> {
  const { gitDir, remote, timeoutMs, packBytesMax } = options;
  const guard = guardPackSize(gitDir, packBytesMax);
  const quiet = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--refmap=", "--stdin"];
  const stdin = [...ids].map((id) => `${id}\n`).join("");
  const signal = AbortSignal.any([guard.signal, options.signal]);
  const limits = { gitDir, remote, timeoutMs, signal, fileBytesMax: packBytesMax };
  try {
    await git.run(["fetch", ...how, ...quiet, "--", remote.url], { ...limits, stdin });
  } catch (error) {
    if (options.signal.aborted || !(await guard.hasOutgrown())) throw error;
    throw new GitError("output_too_large", `${remote.url} sends more than a look at it is worth`);
  } finally {
    guard.stop();
  }
}

/** The ids of the file, as the root directories have it. */
async function listFiles(git: Git, { gitDir, refs, file, timeoutMs, signal }: PreviewOptions): Promise<string[]> {
  const trees = refs.map(({ targetId }) => `${targetId}^{tree}`);
  const limits = { gitDir, timeoutMs, signal, sizeBytesMax: TREE_BYTES_MAX, headSizeBytes: TREE_BYTES_MAX };
  const ids = new Set<string>();
  for await (const object of readObjects(git, trees, limits)) {
    if (object.kind === "missing") continue;
    const entries = readTree(object.kind === "found" ? object.content : object.head);
    const entry = entries.find(({ name }) => name === file);
    if (entry?.kind === "file" || entry?.kind === "symlink") ids.add(entry.id);
  }
  return [...ids];
}

async function listMissing(
  git: Git,
  { gitDir, timeoutMs, signal }: PreviewOptions,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const stdin = ids.map((id) => `${id}\n`).join("");
  const output = await git.run(["cat-file", "--batch-check"], { gitDir, timeoutMs, signal, stdin });
  const lines = output.toString("utf8").split("\n");
  return ids.filter((_, index) => lines[index]?.endsWith(" missing") === true);
}
