// `script/bench [CASE …] [--large] [--against DIR]`: see docs/operating/benchmarks.md.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { composer } from "./cases/composer.ts";
import { dist } from "./cases/dist.ts";
import { loop } from "./cases/loop.ts";
import { p2 } from "./cases/p2.ts";
import { start } from "./cases/start.ts";
import { sync } from "./cases/sync.ts";
import { tokens } from "./cases/tokens.ts";
import { renderComparisons, renderFigures } from "./support/comparison.ts";
import type { BenchCase, CaseResult } from "./support/comparison.ts";
import { CORES, ROOT, removeAtExit } from "./support/programs.ts";

const CASES: readonly BenchCase[] = [p2, dist, tokens, sync, start, composer, loop];
const say = (text: string): void => void process.stderr.write(`${text}\n`);

function chooseCases(names: readonly string[]): readonly BenchCase[] {
  const unknown = names.filter((name) => !CASES.some((known) => known.name === name));
  if (unknown.length > 0) {
    const known = CASES.map(({ name }) => name).join(", ");
    throw new Error(`there is no case ${unknown.join(", ")}; there are ${known}`);
  }
  return names.length === 0 ? CASES : CASES.filter(({ name }) => names.includes(name));
}

/** Below the checkout, because a temporary directory in memory would make every disk fast. */
async function makeDirectory(name: string): Promise<string> {
  const parent = path.join(ROOT, ".cache", "bench");
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(path.join(parent, `${name}-`));
  removeAtExit(directory);
  return directory;
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { large: { type: "boolean", default: false }, against: { type: "string" } },
    allowPositionals: true,
  });
  const chosen = chooseCases(positionals);
  const otherCheckout = values.against === undefined ? undefined : path.resolve(values.against);
  if (CORES < 2) say("Only one core: the server and its load share it, and the figures say little.");
  const results: Record<string, CaseResult> = {};
  for (const benchCase of chosen) {
    const { name } = benchCase;
    const startedAt = performance.now();
    say(`${name} …`);
    const directory = await makeDirectory(name);
    // What the helpers of the end-to-end tests leave behind when a signal ends the run is removed with it.
    process.env["TMPDIR"] = directory;
    const inCase = (text: string): void => say(`${name}: ${text}`);
    results[name] = await benchCase.run({ directory, isLarge: values.large, otherCheckout, say: inCase });
    say(`${name}: done in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
  const comparisons = Object.values(results).flatMap((result) => result.comparisons);
  const figures = Object.values(results).flatMap((result) => result.figures ?? []);
  console.log(renderComparisons(comparisons));
  if (figures.length > 0) console.log(`\n${renderFigures(figures)}`);
  const report = { finishedAt: new Date().toISOString(), node: process.version, cores: CORES, results };
  await writeFile(path.join(ROOT, ".cache", "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  say("The same with every figure: .cache/bench.json");
}

// The handler of "exit" stops what was started.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  await run();
  process.exit(0);
} catch (error) {
  say(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
}
