// `script/soak [--minutes 10] [--heap 350]`: see docs/operating/benchmarks.md.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commandLine } from "../src/modules/callers/index.ts";
import { messageOf } from "../src/platform/errors.ts";
import { createManagementToken } from "../src/modules/management-tokens/index.ts";
import { attack } from "./soak/attack.ts";
import { runApart } from "./soak/apart.ts";
import { Ledger, percentile } from "./soak/honest-load.ts";
import { makeHostileRepositories } from "./soak/hostile-repositories.ts";
import { buy as buyToken, openBenchCore, prepareData } from "./support/broker.ts";
import { ROOT, freePort, removeAtExit, startProgram, waitForAnswer } from "./support/programs.ts";

const BUYERS = 30;
const SHOPS = 5;
const IDLE_SECONDS = 20;
const ATTACKERS_NICENESS = 10;
const WITNESS = fileURLToPath(new URL("soak/event-loop-witness.ts", import.meta.url));
const MB = 1024 * 1024;

/** What is promised of the soak (docs/operating/benchmarks.md). */
const GOALS = { p99Ratio: 5, loopP99Ms: 50, loopMaxMs: 200, rssGrowth: 1.25 };

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Second {
  at: number;
  p99Ms: number;
  maxMs: number;
  rss: number;
}

/** None yet, where the server has been busy since its start. */
function readSeconds(file: string): Second[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Second);
}

function isAlive(pid: number): boolean {
  try {
    // One that has ended is there until it is waited for.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Data, tokens and repositories; the shops have a management token each, or their limit would be one. */
async function prepare(directory: string) {
  say("preparing …");
  const data = await prepareData(directory);
  const repositories = await makeHostileRepositories(path.join(directory, "hostile"));
  const core = await openBenchCore(data.dataDir);
  const issue = async (name: string, prefix: string, scopes: Parameters<typeof createManagementToken>[2]["scopes"]) =>
    (await createManagementToken(core, commandLine, { name, scopes, prefixes: [prefix] })).secret;
  const evil = await issue("evil", "evil/", ["sources:read", "sources:write", "tokens:write", "tokens:read"]);
  const shops: string[] = [];
  for (let shop = 0; shop < SHOPS; shop++) {
    shops.push(await issue(`shop ${shop}`, "acme/", ["tokens:read", "tokens:write"]));
  }
  await core.close();
  return { data, repositories, evil, shops };
}

async function run(): Promise<boolean> {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "10" }, heap: { type: "string", default: "350" } },
  });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds > 0)) throw new Error("--minutes must be a number above 0");
  const parent = path.join(ROOT, ".cache", "bench");
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(path.join(parent, "soak-"));
  removeAtExit(directory);
  const { data, repositories, evil, shops } = await prepare(directory);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const witness = path.join(directory, "witness.jsonl");
  const command = [
    `--max-old-space-size=${values.heap}`,
    "--import",
    WITNESS,
    path.join(ROOT, "src", "main.ts"),
    "serve",
  ];
  const logFile = path.join(ROOT, ".cache", "soak.log");
  await writeFile(logFile, "");
  await using server = startProgram(undefined, [process.execPath, ...command], {
    env: {
      PORT: String(port),
      DATA_DIR: data.dataDir,
      ALLOW_LOCAL_SOURCES: "1",
      BOUNDED_SOURCE_HOSTS: "file",
      SOAK_WITNESS: witness,
    },
    logFile,
  });
  await waitForAnswer(`${url}/ready`);
  const tokens: string[] = [];
  for (let buyer = 0; buyer < BUYERS; buyer++) tokens.push(await buyToken(url, data.managementToken, {}));

  const ledger = new Ledger();
  let diedAt: number | undefined;
  let attackFailure: string | undefined;
  const isOver = () => {
    if (diedAt === undefined && !isAlive(server.pid)) diedAt = Date.now();
    return diedAt !== undefined;
  };
  say(`idle for ${IDLE_SECONDS} s …`);
  const soakFrom = Date.now() + IDLE_SECONDS * 1000;
  ledger.add(await runApart({ kind: "probe", name: "probe, idle", url, token: data.token, until: soakFrom }));
  say(`soaking for ${seconds} s …`);
  const until = Date.now() + seconds * 1000;
  const honest = [
    runApart({ kind: "probe", name: "probe, soak", url, token: data.token, until }),
    runApart({ kind: "honest", tokens, shops, archivePath: data.archivePath, url, until }),
  ];
  // What stands for the attackers' machines must not take this one's processors from the server.
  setPriority(ATTACKERS_NICENESS);
  const attacking = attack({ url, isOver: () => isOver() || Date.now() >= until, managementToken: evil, repositories });
  const everybody = Promise.all([
    ...honest.map(async (one) => ledger.add(await one)),
    attacking.catch((error: unknown) => (attackFailure = messageOf(error))),
  ]);
  // What hangs on is cut off with the server.
  await Promise.race([everybody, pause((seconds + 60) * 1000, undefined, { ref: false })]);
  isOver();
  return await report({ ledger, seconds: readSeconds(witness), soakFrom, diedAt, attackFailure, logFile });
}

interface Measured {
  ledger: Ledger;
  seconds: Second[];
  soakFrom: number;
  diedAt: number | undefined;
  attackFailure: string | undefined;
  logFile: string;
}

/** Prints what was measured; false when a goal was missed. */
async function report({ ledger, seconds, soakFrom, diedAt, attackFailure, logFile }: Measured): Promise<boolean> {
  const summary = ledger.summary();
  const row = (cells: readonly (string | number)[]) => print(`| ${cells.join(" | ")} |`);
  row(["asked", "times", "failed", "p50 ms", "p99 ms", "max ms", "first failure"]);
  row(["---", "---", "---", "---", "---", "---", "---"]);
  for (const { kind, asked, failed, p50Ms, p99Ms, maxMs, why } of summary) {
    row([kind, asked, failed, p50Ms.toFixed(1), p99Ms.toFixed(1), maxMs.toFixed(0), why.replaceAll("|", "\\|")]);
  }
  const p99Of = (kind: string) => summary.find((one) => one.kind === kind)?.p99Ms ?? Number.NaN;
  const failed = summary.reduce((sum, one) => sum + one.failed, 0);
  const ratio = p99Of("probe, soak") / p99Of("probe, idle");
  const during = seconds.filter(({ at }) => at >= soakFrom);
  const quarter = (index: number) => {
    const from = Math.floor((during.length * index) / 4);
    return percentile(
      during.slice(from, Math.floor((during.length * (index + 1)) / 4)).map(({ rss }) => rss / MB),
      0.5,
    );
  };
  const [quarters, loopP99, loopMax] = [
    [0, 1, 2, 3].map(quarter),
    percentile(
      during.map(({ p99Ms }) => p99Ms),
      0.99,
    ),
    Math.max(0, ...during.map(({ maxMs }) => maxMs)),
  ];
  const growth = (quarters[3] ?? Number.NaN) / (quarters[1] ?? Number.NaN);
  const verdict = (isMet: boolean) => (isMet ? "met" : "MISSED");
  const lines: [what: string, value: string, isMet: boolean][] = [
    [
      "the server lives",
      diedAt === undefined ? "yes" : `died after ${Math.round((diedAt - soakFrom) / 1000)} s of soak`,
      diedAt === undefined,
    ],
    ["the hostile repositories were synced to the end", attackFailure ?? "yes", attackFailure === undefined],
    ["failed honest requests, 0", String(failed), failed === 0],
    [`p99 of a warm p2, soak ÷ idle, ≤ ${GOALS.p99Ratio}`, ratio.toFixed(1), ratio <= GOALS.p99Ratio],
    [
      `event loop late, p99 of all seconds, ≤ ${GOALS.loopP99Ms} ms`,
      `${loopP99.toFixed(0)} ms`,
      loopP99 <= GOALS.loopP99Ms,
    ],
    [`event loop late, at most, ≤ ${GOALS.loopMaxMs} ms`, `${loopMax.toFixed(0)} ms`, loopMax <= GOALS.loopMaxMs],
    [
      `resident memory, median of each quarter; the last ≤ ${GOALS.rssGrowth} × the second`,
      `${quarters.map((mb) => mb.toFixed(0)).join(", ")} MB (at most ${Math.max(0, ...during.map(({ rss }) => rss / MB)).toFixed(0)})`,
      growth <= GOALS.rssGrowth,
    ],
  ];
  print("");
  row(["goal", "measured", ""]);
  row(["---", "---", "---"]);
  for (const [what, value, isMet] of lines) row([what, value, verdict(isMet)]);
  const file = path.join(ROOT, ".cache", "soak.json");
  await writeFile(file, `${JSON.stringify({ summary, goals: lines, seconds: during }, null, 2)}\n`);
  say(`Every second: ${file}; the server's log: ${logFile}`);
  return lines.every(([, , isMet]) => isMet);
}

// The handler of "exit" stops what was started.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  process.exit((await run()) ? 0 : 1);
} catch (error) {
  say(`soak: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(2);
}
