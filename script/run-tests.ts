/**
 * Runs every check and every test, and counts: a check is one, a test is one. Whatever does not run counts as failed.
 * Arguments go to vitest, to run some of the tests only.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";

const CHECKS = ["check:format", "check:lint", "check:types", "check:boundaries", "check:unused", "build"];
const REPORT = ".cache/test-report.json";

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: unknown[] }[];
}

let passed = 0;
let failed = 0;

for (const check of process.argv.length > 2 ? [] : CHECKS) {
  const startedAt = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", check], { stdio: "inherit" });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok  " : "FAIL"} ${check} (${seconds} s)\n`);
  if (status === 0) passed++;
  else failed++;
}

mkdirSync(".cache", { recursive: true });
rmSync(REPORT, { force: true });
const args = [
  "vitest",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${REPORT}`,
  ...process.argv.slice(2),
];
const vitest = spawnSync("npx", args, { stdio: "inherit" });
const report = readReport();
if (report === undefined) {
  failed++;
} else {
  // A file that could not even be loaded has no tests to count, and a skipped test is not a green one.
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  for (const file of broken) process.stdout.write(`FAIL ${file.name} could not be run: ${file.message}\n`);
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.numPendingTests + report.numTodoTests + broken.length;
  if (vitest.status !== 0 && report.numFailedTests + broken.length === 0) failed++;
}

process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(REPORT, "utf8")) as Report;
  } catch {
    process.stdout.write("FAIL vitest wrote no report\n");
    return undefined;
  }
}
