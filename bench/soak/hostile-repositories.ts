import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../support/programs.ts";

/** A repository that is small to store and dear to read. */
export interface HostileRepository {
  readonly name: string;
  readonly directory: string;
  /** Adds tags, so that the next sync has something to read; returns a commit, for its archive. */
  grow(): Promise<string>;
}

const METADATA_TAGS = 300;
const METADATA_BYTES = 900_000;
const CONSTRAINT_TAGS = 20;
const LINKS = 480;
const CONSTRAINT_LENGTH = 1_993;
const BLOB_BYTES = 4 * 1024 * 1024;
const FAN_OUT = 10;

/** The bombs of the review, made anew: none of them is more than a few megabytes on disk. */
export async function makeHostileRepositories(parent: string): Promise<HostileRepository[]> {
  await mkdir(parent, { recursive: true });
  return [
    await makeTagged(parent, "metadata", METADATA_TAGS, 5, (index) => ({
      extra: { blob: String.fromCharCode(97 + (index % 26)) + String(index) + "x".repeat(METADATA_BYTES) },
    })),
    await makeTagged(parent, "constraints", CONSTRAINT_TAGS, 5, (index) => ({
      extra: { index },
      require: Object.fromEntries(
        Array.from({ length: LINKS }, (_, link) => [`evil/link-${link}`, "1||".repeat(CONSTRAINT_LENGTH / 3) + "1"]),
      ),
    })),
    await makeBomb(parent, "tree", 8),
    await makeBomb(parent, "disk", 4),
  ];
}

function composerJson(name: string, more: object): string {
  return JSON.stringify({ name: `evil/${name}`, type: "library", ...more });
}

async function initialise(parent: string, name: string): Promise<string> {
  const directory = path.join(parent, `${name}.git`);
  await runProgram(undefined, ["git", "init", "--quiet", "--bare", "--initial-branch=main", directory]);
  return directory;
}

/** A tag for each composer.json. */
async function makeTagged(
  parent: string,
  name: string,
  first: number,
  more: number,
  contentOf: (index: number) => object,
): Promise<HostileRepository> {
  const directory = await initialise(parent, name);
  let next = 0;
  const add = async (count: number): Promise<string> => {
    const importing = spawn("git", ["-C", directory, "fast-import", "--quiet", "--force"], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    // Its exit code says more than a broken pipe does.
    importing.stdin.on("error", () => undefined);
    const ended = once(importing, "exit");
    for (let added = 0; added < count; added++, next++) {
      const content = Buffer.from(composerJson(name, contentOf(next)));
      // After its first commit of a run git goes on by itself.
      const from = added > 0 || next === 0 ? "" : "from refs/heads/main^0\n";
      const head = `commit refs/heads/main\nmark :1\ncommitter x <x@example.com> ${1_600_000_000 + next} +0000\ndata 1\nx\n`;
      importing.stdin.write(`${head}${from}M 100644 inline composer.json\ndata ${content.length}\n`);
      if (!importing.stdin.write(content)) await once(importing.stdin, "drain");
      importing.stdin.write(`\nreset refs/tags/1.${next}.0\nfrom :1\n\n`);
    }
    importing.stdin.end("done\n");
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`git fast-import of ${name} ended with ${String(code)}.`);
    return await git(directory, ["rev-parse", "refs/heads/main"]);
  };
  await add(first);
  return { name: `evil/${name}`, directory, grow: () => add(more) };
}

/** Ten files of one large blob, in as many levels of ten times the same directory. */
async function makeBomb(parent: string, name: string, levels: number): Promise<HostileRepository> {
  const directory = await initialise(parent, name);
  const blob = await git(directory, ["hash-object", "-w", "--stdin"], "\n".repeat(BLOB_BYTES));
  const names = Array.from({ length: FAN_OUT }, (_, index) => `f${index}`);
  const listOf = (mode: string, type: string, id: string) =>
    names.map((file) => `${mode} ${type} ${id}\t${file}\n`).join("");
  let tree = await git(directory, ["mktree"], listOf("100644", "blob", blob));
  for (let level = 1; level < levels; level++) tree = await git(directory, ["mktree"], listOf("040000", "tree", tree));
  let next = 0;
  const grow = async () => {
    const manifest = await git(
      directory,
      ["hash-object", "-w", "--stdin"],
      composerJson(`${name}-bomb`, { extra: { next } }),
    );
    const root = await git(directory, ["mktree"], `100644 blob ${manifest}\tcomposer.json\n040000 tree ${tree}\tsrc\n`);
    const who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    const commit = await git(directory, [...who, "commit-tree", "-m", "x", root]);
    await git(directory, ["update-ref", "refs/heads/main", commit]);
    await git(directory, ["update-ref", `refs/tags/1.${next++}.0`, commit]);
    return commit;
  };
  await grow();
  return { name: `evil/${name}-bomb`, directory, grow };
}

async function git(directory: string, args: readonly string[], input = ""): Promise<string> {
  const { stdout } = await runProgram(undefined, ["git", "-C", directory, ...args], { input });
  return stdout.trim();
}
