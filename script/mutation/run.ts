/** Tries the tests of each area by mutations of its code, and prints a score for each and what survived. */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AREAS } from "./areas.ts";
import type { Area } from "./areas.ts";

const REPORTS = ".cache/mutation";
const TOOL = "script/mutation/node_modules";
/** Tests with a database and git are slow on a busy machine, and a time-out would count as a mutation that was noticed. */
const TIMEOUT_MS = 120_000;

/** So many lines follow each other, for a mutation is counted where all of it lies in them. */
const BLOCK_LINES = 15;

/** As much as is read of the report, whose form is https://github.com/stryker-mutator/mutation-testing-elements */
interface Report {
  files: Record<string, { source: string; mutants: Mutant[] }>;
}

interface Mutant {
  mutatorName: string;
  replacement?: string;
  status: "Killed" | "Survived" | "NoCoverage" | "Timeout" | "CompileError" | "RuntimeError" | "Ignored" | "Pending";
  location: { start: { line: number; column: number }; end: { line: number; column: number } };
}

const { values, positionals: names } = parseArgs({ options: { part: { type: "string" } }, allowPositionals: true });
const part = readPart(values.part);
const unknown = names.filter((name) => AREAS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no such area: ${unknown.join(", ")}; there are ${Object.keys(AREAS).join(", ")}\n`);
  process.exit(1);
}

mkdirSync(REPORTS, { recursive: true });
const lines = [
  "area | mutations | noticed | survived | reached by no test | score",
  "--- | --- | --- | --- | --- | ---",
];
let failed = false;
for (const [name, area] of Object.entries(AREAS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const report = runArea(name, area);
  if (report === undefined) {
    lines.push(`${name} | the tool failed, see above`);
    failed = true;
    continue;
  }
  lines.push(scoreOf(name, report));
  process.stdout.write(`\n${name}\n${survivorsOf(report).join("\n")}\n`);
}
process.stdout.write(`\n${lines.join("\n")}\n`);
process.exitCode = failed ? 1 : 0;

function runArea(name: string, { mutate, tests }: Area): Report | undefined {
  const fileName = join(REPORTS, `${name}.json`);
  const configuration = {
    testRunner: "vitest",
    plugins: [join(process.cwd(), TOOL, "@stryker-mutator/vitest-runner/dist/src/index.js")],
    mutate: part === undefined ? mutate : rangesOf(mutate, part),
    vitest: { configFile: "script/mutation/vitest.config.ts" },
    coverageAnalysis: "perTest",
    concurrency: 1,
    timeoutMS: TIMEOUT_MS,
    dryRunTimeoutMinutes: 60,
    // Sentences are proven by the tests of bytes, elsewhere; a log line or a hint may well read otherwise.
    mutator: { excludedMutations: ["StringLiteral"] },
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName },
    tempDirName: ".cache/stryker",
    ignorePatterns: [
      "dist",
      ".cache",
      "dashboard/dist",
      "data",
      "data-demo",
      "script/toolchain",
      "script/mutation/node_modules",
    ],
  };
  const configFile = join(REPORTS, `${name}.config.json`);
  writeFileSync(configFile, JSON.stringify(configuration, null, 2));
  const { status } = spawnSync(
    process.execPath,
    [join(TOOL, "@stryker-mutator/core/bin/stryker.js"), "run", configFile],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, MUTATION_TESTS: JSON.stringify(tests) },
    },
  );
  return status === 0 ? (JSON.parse(readFileSync(fileName, "utf8")) as Report) : undefined;
}

interface Part {
  readonly index: number;
  readonly of: number;
}

/** `3/10` is the third tenth of an area: a sample of it, or one night's share. */
function readPart(text: string | undefined): Part | undefined {
  if (text === undefined) return undefined;
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (Number(index) >= 1 && Number(index) <= Number(of)) return { index: Number(index) - 1, of: Number(of) };
  process.stderr.write(`--part ${text}: must be like 3/10, the third of ten parts\n`);
  process.exit(1);
}

/** Blocks of lines of all files, one of so many each, begun in each file at another one. */
function rangesOf(patterns: readonly string[], { index, of }: Part): string[] {
  const files = patterns.filter((pattern) => !pattern.startsWith("!")).flatMap((pattern) => globSync(pattern));
  const ranges: string[] = [];
  let block = 0;
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).toSorted()) {
    const lines = readFileSync(file, "utf8").split("\n").length;
    for (let first = 1; first <= lines; first += BLOCK_LINES, block++) {
      if (block % of === index) ranges.push(`${file}:${first}-${Math.min(lines, first + BLOCK_LINES - 1)}`);
    }
  }
  return ranges;
}

function scoreOf(name: string, report: Report): string {
  const counts = new Map<Mutant["status"], number>();
  for (const { mutants } of Object.values(report.files)) {
    for (const { status } of mutants) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const of = (status: Mutant["status"]) => counts.get(status) ?? 0;
  const noticed = of("Killed") + of("Timeout");
  const survived = of("Survived");
  const unreached = of("NoCoverage");
  const all = noticed + survived + unreached;
  const score = all === 0 ? "none" : `${((100 * noticed) / all).toFixed(1)} %`;
  return [name, all, noticed, survived, unreached, score].join(" | ");
}

function survivorsOf(report: Report): string[] {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === "Survived" || status === "NoCoverage")
      .map(({ location: { start }, replacement, status, mutatorName }) => {
        const line = source.split("\n")[start.line - 1]?.trim() ?? "";
        const mark = status === "NoCoverage" ? "unreached" : "survived ";
        return `${mark} ${file}:${start.line}:${start.column} ${mutatorName} → ${(replacement ?? "").split("\n")[0]?.slice(0, 80) ?? ""}\n          ${line}`;
      }),
  );
}
