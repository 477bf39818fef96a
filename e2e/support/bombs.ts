import { runToolOrFail } from "./processes.ts";

/** A few trees, each of which stands for many of the one below. */
export interface Bomb {
  /** What stands in each of the innermost directories, as lines of `git mktree`. */
  readonly innermost: readonly string[];
  /** Directories in a directory, and how deep they stand in each other. */
  readonly width: number;
  readonly levels: number;
  readonly composerJson: string;
  /** How the directories are called, before their numbers. */
  readonly name?: string;
}

/** Writes a commit of a few kilobytes that stands for `width ** levels` directories, and gives it to a tag. */
export async function plantBomb(gitDir: string, tag: string, bomb: Bomb): Promise<string> {
  const git = async (args: string[], input = "") =>
    (await runToolOrFail("git", [`--git-dir=${gitDir}`, ...args], { input })).trim();
  const tree = (entries: readonly string[]) =>
    git(["mktree", "--missing"], entries.map((line) => `${line}\n`).join(""));
  let below = await tree(bomb.innermost);
  for (let level = 0; level < bomb.levels; level++) {
    below = await tree(
      Array.from({ length: bomb.width }, (_, index) => `040000 tree ${below}\t${bomb.name ?? "d"}${index}`),
    );
  }
  const manifest = await git(["hash-object", "-w", "--stdin"], bomb.composerJson);
  const root = await tree([`100644 blob ${manifest}\tcomposer.json`, `040000 tree ${below}\tlib`]);
  const person = ["-c", "user.name=Sample Vendor", "-c", "user.email=vendor@example.com"];
  const commit = await git([...person, "commit-tree", "-m", "Release", root]);
  await git(["update-ref", `refs/tags/${tag}`, commit]);
  return commit;
}

/** Files of one content, which is stored once. */
export async function manyFiles(gitDir: string, count: number, content: string): Promise<string[]> {
  const id = (
    await runToolOrFail("git", [`--git-dir=${gitDir}`, "hash-object", "-w", "--stdin"], { input: content })
  ).trim();
  return Array.from({ length: count }, (_, index) => `100644 blob ${id}\tf${index}.php`);
}
