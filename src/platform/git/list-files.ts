import { setImmediate } from "node:timers/promises";
import type { Git } from "./git.ts";
import type { TreeEntry } from "./tree.ts";

/** A file of a commit, by its path from the root. */
export interface CommitFile {
  readonly path: string;
  readonly kind: Exclude<TreeEntry["kind"], "directory">;
}

interface ListOptions {
  readonly gitDir: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Beyond this a list of files is no cheap look any more: some 100,000 of them. */
const LIST_BYTES_MAX = 16 * 1024 * 1024;

/** After so many, others get a turn. */
const LINES_PER_TURN = 5_000;

const ENTRY = /^(\d{6}) [a-z]+ [0-9a-f]+\t([\s\S]+)$/;

/** Every file of a commit, in the order of git. */
export async function listFiles(git: Git, commit: string, options: ListOptions): Promise<CommitFile[]> {
  const args = ["ls-tree", "-r", "-z", "--full-tree", commit];
  const output = await git.run(args, { ...options, outputSizeBytesMax: LIST_BYTES_MAX });
  const files: CommitFile[] = [];
  let start = 0;
  for (let turn = 1; start < output.length; turn++) {
    const end = output.indexOf(0, start);
    const [, mode, path] = ENTRY.exec(output.toString("utf8", start, end === -1 ? output.length : end)) ?? [];
    if (mode !== undefined && path !== undefined) files.push({ path, kind: kindOf(mode) });
    start = end === -1 ? output.length : end + 1;
    if (turn % LINES_PER_TURN === 0) await setImmediate();
  }
  return files;
}

function kindOf(mode: string): CommitFile["kind"] {
  if (mode === "160000") return "submodule";
  return mode === "120000" ? "symlink" : "file";
}
