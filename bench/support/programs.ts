import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../../e2e/support/processes.ts";

/** The checkout that is measured. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STOP_GRACE_MS = 10_000;

const cores = allowedCores();
/** Servers share one core and whatever loads them another, so that both sides of a ratio have the same to work with. */
export const SERVER_CORE = cores.at(0) ?? 0;
export const LOAD_CORE = cores.at(-1) ?? 0;
export const CORES = cores.length;

const living = new Set<ChildProcess>();
const directories = new Set<string>();
// Whatever ends the run, a signal or a bug: nothing that it started outlives it.
process.once("exit", () => {
  for (const child of living) killWithChildren(child);
  // Retried, because what was killed a moment ago may still be writing.
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
});

/** nginx has a worker, and git has helpers, that a killed parent would leave behind. */
function killWithChildren(child: ChildProcess): void {
  if (child.pid === undefined) return;
  for (const id of childrenOf(child.pid)) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
  child.kill("SIGKILL");
}

function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  } catch {
    return [];
  }
}

/** Removes a directory at the end of the run, however it ends. */
export function removeAtExit(directory: string): void {
  directories.add(directory);
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where both its outputs go; a pipe would give the reader's core a part of the work. */
  readonly logFile: string;
}

/** Starts a program that runs until it is stopped, on one core or (undefined) on all. */
export function startProgram(
  core: number | undefined,
  command: readonly [string, ...string[]],
  options: ProgramOptions,
): RunningProgram {
  const [program, ...args] = pinned(core, command);
  const log = openSync(options.logFile, "a");
  const child = spawn(program, args, { env: environment(options.env), stdio: ["ignore", log, log] });
  living.add(child);
  const ended = once(child, "exit").then(() => living.delete(child));
  const stop = async () => {
    if (!living.has(child)) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
    await ended;
    clearTimeout(timer);
  };
  if (child.pid === undefined) throw new Error(`${program} could not be started: is it installed?`);
  return { pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the program to its end. */
  readonly wallMs: number;
}

/** Runs a program that has to succeed. */
export async function runProgram(
  core: number | undefined,
  command: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<Ended> {
  const [program, ...args] = pinned(core, command);
  const startedAt = performance.now();
  const child = spawn(program, args, {
    env: environment(options.env),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 120_000,
  });
  living.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  // It may be done before it has read its input; its exit code says more than the broken pipe does.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const exited = once(child, "exit").then(() => performance.now() - startedAt);
  const [code] = (await once(child, "close")) as [number | null];
  living.delete(child);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${String(code)}:\n${stdout}${stderr}`);
  return { stdout, stderr, wallMs: await exited };
}

/** `USER_HZ`, which Linux fixes at 100 for everybody. */
const TICKS_OF_A_SECOND = 100;

/** Processor time that a program and its children have used; Linux only. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const id of [pid, ...childrenOf(pid)]) {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    // The name in brackets may hold spaces; of the fields behind it the 12th and 13th are user and system time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_OF_A_SECOND;
}

export interface Conversation extends AsyncDisposable {
  /** The next line it prints. */
  answer(): Promise<string>;
  say(line: string): void;
}

/** Starts a program that is told by lines when to go on, and answers by lines. */
export function startConversation(command: readonly [string, ...string[]]): Conversation {
  const [program, ...args] = command;
  const child = spawn(program, args, { env: environment(), stdio: ["pipe", "pipe", "inherit"] });
  living.add(child);
  const ended = once(child, "exit").then(() => living.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async answer() {
      const next = await lines.next();
      if (next.done === true) throw new Error(`${command.join(" ")} ended without an answer.`);
      return next.value;
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

function pinned(core: number | undefined, command: readonly [string, ...string[]]): [string, ...string[]] {
  return core === undefined ? [...command] : ["taskset", "-c", String(core), ...command];
}

function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return cleanEnvironment({
    HOME: process.env["HOME"] ?? "/nonexistent",
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? path.join(ROOT, ".cache", "node-compile"),
    ...extra,
  });
}

/** The cores this process may use; on a machine that does not tell, two. */
function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
    return list.split(",").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return [0, 1];
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came: names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Not decompressed. */
  readonly body: Buffer;
}

/** One request on a connection of its own. */
export async function getRaw(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method: "GET" | "HEAD" = "GET",
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  request(url, { method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", reject);
    response.once("end", () => {
      const { statusCode = 0, rawHeaders } = response;
      resolve({ status: statusCode, headers: response.headers, rawHeaders, body: Buffer.concat(chunks) });
    });
  })
    .once("error", reject)
    .end();
  return await promise;
}

/** Waits for the first answer with the status 200, asking every few milliseconds. */
export async function waitForAnswer(url: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const status = await getRaw(url, headers).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() - startedAt > 60_000) throw new Error(`${url} did not answer with 200 (last: ${status}).`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

export function basicAuth(token: string): string {
  return `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
}
