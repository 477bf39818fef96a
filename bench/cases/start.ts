import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import { LARGE_PACKAGE, prepareData, startBroker } from "../support/broker.ts";
import type { PreparedData } from "../support/broker.ts";
import { compare, inTurns, summarize } from "../support/comparison.ts";
import type { Bench, BenchCase, CaseResult, Comparison } from "../support/comparison.ts";
import { enlarge } from "../support/large-data.ts";
import { ROOT, SERVER_CORE, basicAuth, runProgram, waitForAnswer } from "../support/programs.ts";
import type { RawAnswer } from "../support/programs.ts";
import { startBareServer } from "../support/static-answers.ts";

const ROUNDS = 5;
const LARGE_ROUNDS = 3;
const DOCUMENT = `/p2/${LARGE_PACKAGE}.json`;
const TINY: RawAnswer = { status: 200, headers: {}, rawHeaders: ["Content-Length", "2"], body: Buffer.from("{}") };

/** From the start of the process to its first answer, and to the end of a command. */
export const start: BenchCase = {
  name: "start",
  async run(bench) {
    const data = await prepareData(bench.directory);
    const small = await compareStarts(bench, data);
    return bench.isLarge ? { ...small, ...(await measureLarge(bench, data, small.comparisons)) } : small;
  },
};

async function compareStarts(bench: Bench, data: PreparedData): Promise<CaseResult> {
  let round = 0;
  const command = async (...command: [string, ...string[]]) =>
    (await runProgram(SERVER_CORE, command, { env: { DATA_DIR: data.dataDir } })).wallMs;
  const broker = (...args: string[]) => command("sh", path.join(ROOT, "script", "broker"), ...args);
  const times = await inTurns(ROUNDS, {
    empty: async () => (await startUp(path.join(bench.directory, `empty-${round++}`), "/ready")).ms,
    prepared: async () => (await startUp(data.dataDir, DOCUMENT, data.token)).ms,
    bare: () => startBare(bench.directory),
    version: () => broker("--version"),
    list: () => broker("source", "list"),
    node: () => command(process.execPath, "--eval", "0"),
  });
  const rows: [string, number[], string, number[]][] = [
    ["serve to first answer, empty", times.empty, "bare node", times.bare],
    ["serve to first answer, 41 packages", times.prepared, "bare node", times.bare],
    ["script/broker --version", times.version, "node --eval 0", times.node],
    ["script/broker source list", times.list, "node --eval 0", times.node],
  ];
  const comparisons = rows.map(([measured, ours, against, theirs]) =>
    compare({ measured, against, unit: "ms" }, ours, theirs),
  );
  return { comparisons };
}

interface StartUp {
  readonly ms: number;
  /** Resident memory after the first answer. */
  readonly memoryMb: number;
}

async function startUp(dataDir: string, url: string, token?: string): Promise<StartUp> {
  const startedAt = performance.now();
  await using broker = await startBroker({ dataDir, core: SERVER_CORE });
  await waitForAnswer(broker.url + url, token === undefined ? {} : { Authorization: basicAuth(token) });
  const ms = performance.now() - startedAt;
  return { ms, memoryMb: await residentMb(broker.pid) };
}

async function startBare(directory: string): Promise<number> {
  const startedAt = performance.now();
  await using server = await startBareServer(directory, { "/": TINY });
  await waitForAnswer(`${server.url}/`);
  return performance.now() - startedAt;
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** The same start with a database of a large vendor's size, in turns with a copy of what it was before. */
async function measureLarge(bench: Bench, data: PreparedData, before: readonly Comparison[]): Promise<CaseResult> {
  const small = path.join(bench.directory, "small");
  await cp(data.dataDir, small, { recursive: true });
  bench.say("making 1,000,000 tokens and 100,000 versions in 5,000 packages");
  const sizeMb = await enlarge(data.dataDir);
  const starts = await inTurns(LARGE_ROUNDS, {
    large: () => startUp(data.dataDir, DOCUMENT, data.token),
    small: () => startUp(small, DOCUMENT, data.token),
  });
  const of = (side: "large" | "small", what: keyof StartUp) => starts[side].map((found) => found[what]);
  const rows = [
    ["serve to first answer, 1,000,000 tokens", "ms", "ms"],
    ["resident memory, 1,000,000 tokens", "memoryMb", "MB"],
  ] as const;
  const comparisons = rows.map(([measured, what, unit]) =>
    compare({ measured, against: "41 packages", unit }, of("large", what), of("small", what)),
  );
  const figures = [{ measured: "database of 1,000,000 tokens", unit: "MB", value: summarize([sizeMb]) }];
  return { comparisons: [...before, ...comparisons], figures };
}
