import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startGitHttpServer } from "../../e2e/support/git-http-server.ts";
import { GitRepository } from "../../e2e/support/git-repository.ts";
import { compare } from "../support/comparison.ts";
import type { BenchCase, Comparison } from "../support/comparison.ts";
import { ROOT, runProgram, startConversation } from "../support/programs.ts";

const ROUNDS = 3;
const TAGS = 1_000;
const VCS_SCRIPT = fileURLToPath(new URL("../../e2e/fixtures/vcs-versions.php", import.meta.url));
const COMPOSER_AUTOLOAD = "/usr/share/php/Composer/autoload.php";

/** Milliseconds of the four ways to read one repository. */
interface Times {
  readonly inProcess: number;
  readonly commandLine: number;
  readonly composer: number;
  readonly git: number;
}

/**
 * A repository of a thousand tags, behind HTTP, read for the first time and again with one more tag. Composer's `vcs`
 * driver is what Satis and Private Packagist's predecessors read repositories with; git alone is the floor.
 */
export const sync: BenchCase = {
  name: "sync",
  async run(bench) {
    const root = path.join(bench.directory, "git");
    const repository = await createRepository(path.join(root, "acme", "many.git"));
    await using server = await startGitHttpServer({ root });
    const url = `${server.url}/acme/many.git`;
    const cold: Times[] = [];
    const next: Times[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bench.say(`round ${round + 1} of ${ROUNDS}`);
      const directory = path.join(bench.directory, `round-${round}`);
      await mkdir(directory);
      const times = await readTwice(directory, url, async () => {
        addRelease(repository, TAGS + round);
        await repository.write();
      });
      cold.push(times.cold);
      next.push(times.next);
      await rm(directory, { recursive: true });
    }
    return { comparisons: [...comparisonsOf("cold", cold), ...comparisonsOf("one new tag", next)] };
  },
};

async function createRepository(directory: string): Promise<GitRepository> {
  const repository = await GitRepository.create(directory);
  for (let index = 0; index < TAGS; index++) addRelease(repository, index);
  await repository.write();
  return repository;
}

function addRelease(repository: GitRepository, index: number): void {
  const version = `${1 + Math.floor(index / 100)}.${Math.floor(index / 10) % 10}.${index % 10}`;
  const manifest = {
    name: "acme/many",
    description: "A package with a long history",
    type: "library",
    license: "proprietary",
    authors: [{ name: "Sample Vendor", email: "vendor@example.com" }],
    require: { php: ">=8.1", "psr/log": "^2.0 || ^3.0" },
    autoload: { "psr-4": { "Acme\\Many\\": "src/" } },
    extra: { release: index },
  };
  repository.commit({
    "composer.json": `${JSON.stringify(manifest, null, 4)}\n`,
    "src/Many.php": `<?php\n\nnamespace Acme\\Many;\n\nconst VERSION = '${version}';\n`,
  });
  repository.tag(`v${version}`, { annotated: index % 2 === 0 });
}

async function readTwice(
  directory: string,
  url: string,
  release: () => Promise<void>,
): Promise<{ cold: Times; next: Times }> {
  const program = path.join(ROOT, "bench", "sync-twice.ts");
  await using inside = startConversation([process.execPath, program, path.join(directory, "inside"), url]);
  const inProcess = async () => (JSON.parse(await inside.answer()) as { ms: number }).ms;
  const environment = { DATA_DIR: path.join(directory, "cli"), ALLOW_PRIVATE_NETWORKS: "1" };
  const script = path.join(ROOT, "script", "broker");
  const cli = (...args: string[]) => runProgram(undefined, ["sh", script, ...args], { env: environment });
  const home = path.join(directory, "composer");
  await mkdir(home);
  const bare = path.join(directory, "bare.git");

  const coldInProcess = await inProcess();
  const source = (await cli("source", "add", "--url", url, "--branches", "all")).stdout.trim();
  const commandLine = (await cli("source", "sync", source)).wallMs;
  const composer = await readWithComposer(home, url);
  const list = (await runProgram(undefined, ["git", "ls-remote", url])).wallMs;
  const clone = (await runProgram(undefined, ["git", "clone", "--quiet", "--bare", url, bare])).wallMs;
  const cold = { inProcess: coldInProcess, commandLine, composer, git: list + clone };

  await release();
  inside.say("again");
  const nextInProcess = await inProcess();
  const nextCommandLine = (await cli("source", "sync", source)).wallMs;
  const nextComposer = await readWithComposer(home, url);
  const nextList = (await runProgram(undefined, ["git", "ls-remote", url])).wallMs;
  const fetched = await runProgram(undefined, ["git", "-C", bare, "fetch", "--quiet", "--tags", "origin"]);
  const git = nextList + fetched.wallMs;
  return { cold, next: { inProcess: nextInProcess, commandLine: nextCommandLine, composer: nextComposer, git } };
}

/** The whole run of PHP; `home` keeps Composer's cache from one time to the next. */
async function readWithComposer(home: string, url: string): Promise<number> {
  const { stdout, wallMs } = await runProgram(
    undefined,
    ["php", "-d", "memory_limit=-1", VCS_SCRIPT, COMPOSER_AUTOLOAD, url],
    {
      env: {
        ...{ HOME: home, COMPOSER_HOME: home, COMPOSER_CACHE_DIR: path.join(home, "cache") },
        ...{ COMPOSER_ALLOW_SUPERUSER: "1", COMPOSER_NO_INTERACTION: "1" },
      },
    },
  );
  const { versions, error } = JSON.parse(stdout) as { versions: unknown[]; error: string | null };
  if (versions.length < TAGS) throw new Error(`Composer read ${versions.length} versions: ${error ?? ""}`);
  return wallMs;
}

function comparisonsOf(what: string, times: readonly Times[]): Comparison[] {
  const of = (way: keyof Times) => times.map((round) => round[way]);
  const pairs = [
    ["inProcess", "inside the server", "composer", "Composer vcs driver"],
    ["inProcess", "inside the server", "git", "git alone"],
    ["commandLine", "source sync", "composer", "Composer vcs driver"],
  ] as const;
  return pairs.map(([way, label, other, against]) =>
    compare({ measured: `sync, 1,000 tags, ${what}, ${label}`, against, unit: "ms" }, of(way), of(other)),
  );
}
