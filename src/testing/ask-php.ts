import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What PHP said, or what it threw. */
export type PhpAnswer = { value: unknown } | { throws: string };

/** Asks the installed PHP libraries: one process for all questions, because starting PHP costs more than answering. */
export function askPhp(script: string, questions: readonly unknown[]): PhpAnswer[] {
  const run = spawnSync(
    "php",
    ["-d", "precision=14", fileURLToPath(new URL(`../composer/fixtures/${script}`, import.meta.url))],
    {
      input: questions.map((question) => JSON.stringify(question)).join("\n") + "\n",
      encoding: "utf8",
      maxBuffer: 1 << 30,
    },
  );
  if (run.error || run.status !== 0) {
    throw new Error(
      "These tests compare with the real Composer: apt-get install php-cli php-composer-semver " +
        `php-composer-metadata-minifier composer git\n${run.error?.message ?? ""}${run.stderr}${run.stdout.slice(-2000)}`,
    );
  }
  // The cast is safe: the scripts beside this file print nothing but answers, one per line.
  return run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as PhpAnswer);
}
