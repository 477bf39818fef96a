import { createHash } from "node:crypto";
import { readFile, readdir, readlink } from "node:fs/promises";
import path from "node:path";
import { runToolOrFail } from "./processes.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

/** Relative path → sha256 of the content (for a symbolic link `link:` and its target), sorted by path. */
export type FileHashes = Readonly<Record<string, string>>;

/** The content of every file below a directory. */
export async function hashFiles(directory: string): Promise<FileHashes> {
  const hashes: [string, string][] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(directory, file);
    if (entry.isSymbolicLink()) hashes.push([name, `link:${await readlink(file)}`]);
    else if (entry.isFile()) hashes.push([name, sha256(await readFile(file))]);
  }
  return Object.fromEntries(hashes.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** What `git archive` makes of a commit, `export-ignore` included: the files that have to arrive at a customer. */
export async function expectedFiles(bareRepository: string, commit: string): Promise<FileHashes> {
  await using scratch = await makeTemporaryDirectory("archive");
  const archive = path.join(scratch.path, "archive.tar");
  const tree = path.join(scratch.path, "tree");
  // tar makes the directory of --one-top-level itself.
  await runToolOrFail("git", ["-C", bareRepository, "archive", "--format=tar", `--output=${archive}`, commit]);
  await runToolOrFail("tar", ["-xf", archive, "-C", scratch.path, "--one-top-level=tree"]);
  return await hashFiles(tree);
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
