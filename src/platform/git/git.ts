import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { killGroup, launchHere } from "../launcher/index.ts";
import type { Launch } from "../launcher/index.ts";
import { GitError, explainFailure, isOutOfMemory, withoutSecrets } from "./git-error.ts";
import { inMegabytes, isProgramMissing, limitCommands } from "./limits.ts";
import type { LimitedCommand } from "./limits.ts";
import { guardMemory } from "./memory-guard.ts";
import { pinningOptions, remoteEnvironment } from "./remote.ts";
import type { GitRemote } from "./remote.ts";

const ERROR_TEXT_SIZE_BYTES_MAX = 64 * 1024;
const OUTPUT_SIZE_BYTES_MAX = 64 * 1024 * 1024;

/** Of git and its helpers together; the largest honest repositories stay below. */
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;

/** A transfer slower than this is dead after a while; what keeps a connection open is 5 bytes every 5 seconds. */
const SLOW_BYTES_PER_SECOND = 500;

/**
 * For how long a remote may be so slow. A look is answered at once. Before the first byte of a fetch the host may have
 * to count and compress a whole repository, which takes minutes where it is large or the host is small.
 */
const SLOW_SECONDS = { look: 30, fetch: 600 } as const;

export interface GitOptions {
  /** All that git inherits (`PATH`, `HOME`, certificates …); nothing else of our environment reaches it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Allows `file://` URLs. */
  readonly allowLocal: boolean;
  /** Every command is ended when git and its helpers together take more; 512 MB unless told. */
  readonly memoryBytesMax?: number;
  /** For how many seconds a remote may send next to nothing; 30 for a look and 600 for a fetch unless told. */
  readonly slowSeconds?: SlowSeconds;
  /** Starts the programs; this process itself unless told. */
  readonly launch?: Launch;
}

type SlowSeconds = Readonly<Record<keyof typeof SLOW_SECONDS, number>>;

interface StartOptions {
  /** The repository; without one git runs outside any. */
  readonly gitDir?: string;
  /** Ends the whole process group. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What "two days ago" counts from, in Unix seconds; the clock of this machine unless told. */
  readonly now?: number;
  /** What is fetched from: adds the credentials and the pinned addresses. */
  readonly remote?: GitRemote | undefined;
  /** An index to use; a mirror has none of its own. */
  readonly indexFile?: string | undefined;
  /** How patient to be with a remote that sends next to nothing; "look" unless told. */
  readonly patience?: keyof SlowSeconds;
  /** No file that git writes gets larger. */
  readonly fileBytesMax?: number | undefined;
}

interface RunOptions extends StartOptions {
  readonly stdin?: string | Uint8Array;
  readonly outputSizeBytesMax?: number;
}

/** A running git. Whoever started it reads `stdout` to its end, or calls `cancel`. */
export interface RunningGit {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Rejects with a {@link GitError} when git fails, is too slow or is cancelled. */
  readonly done: Promise<void>;
  /** Ends the process group at once. */
  cancel(error?: GitError): void;
}

export interface Git {
  run(args: readonly string[], options: RunOptions): Promise<Buffer>;
  start(args: readonly string[], options: StartOptions): Promise<RunningGit>;
  /** Ends every running git, for the end of the program: they are in groups of their own and would outlive it. */
  close(): void;
}

/**
 * The only place that has processes started. Never through a shell; no prompts, hooks, credential helpers, submodules or
 * redirects; no configuration but what stands here; each command in a process group that dies as a whole.
 */
export function createGit(options: GitOptions): Git {
  const running = new Set<RunningGit>();
  const limited = limitCommands(options.environment["PATH"]);
  const closing = new AbortController();
  const isClosed = () => closing.signal.aborted;
  const killAll = () => {
    for (const process of running) process.cancel();
  };
  process.on("exit", killAll);
  const start: Git["start"] = async (args, startOptions) => {
    if (isClosed()) throw new GitError("aborted", "the server stops");
    const started = await startGit({ ...options, limited }, args, startOptions);
    running.add(started);
    if (isClosed()) started.cancel();
    const forget = () => running.delete(started);
    started.done.then(forget, forget);
    return started;
  };
  return {
    start,
    run: async (args, runOptions) => await collect(await start(args, runOptions), runOptions),
    close() {
      closing.abort();
      process.off("exit", killAll);
      killAll();
    },
  };
}

interface Starter extends GitOptions {
  readonly limited: LimitedCommand;
}

async function startGit(options: Starter, args: readonly string[], startOptions: StartOptions): Promise<RunningGit> {
  const { remote, fileBytesMax, patience = "look" } = startOptions;
  const slowSeconds = (options.slowSeconds ?? SLOW_SECONDS)[patience];
  const { limited, memoryBytesMax = MEMORY_BYTES_MAX } = options;
  const limits = { memoryBytesMax, fileBytesMax };
  const command = limited(limits, "git", [...configuration(startOptions, slowSeconds), ...args]);
  const cwd = startOptions.gitDir ?? "/";
  const child = await (options.launch ?? launchHere)(command, { cwd, env: environmentOf(options, startOptions) }).catch(
    (error: unknown) => {
      throw spawnFailure(error as NodeJS.ErrnoException, startOptions.gitDir);
    },
  );
  let failure: GitError | undefined;
  let hasExited = false;
  const stopped = Promise.withResolvers<undefined>();
  const cancel = (error = new GitError("aborted", "the git command was stopped")) => {
    failure ??= error;
    if (!hasExited) killGroup(child.pid);
    stopped.resolve(undefined);
  };
  const timer = setTimeout(() => {
    const seconds = Math.round(startOptions.timeoutMs / 100) / 10;
    const host = remote === undefined || remote.host === "" ? "git" : remote.host;
    cancel(new GitError("timeout", `${host} did not finish within ${seconds} s: it is tried again at the next sync`));
  }, startOptions.timeoutMs);
  const abort = () => cancel();
  startOptions.signal?.addEventListener("abort", abort);
  const tooMuch = () => tooMuchMemory(remote, memoryBytesMax);
  // The kernel's limit is of each process, this one of all together, and of systems without the former.
  const unguard = guardMemory(child.pid, memoryBytesMax, () => cancel(tooMuch()));
  if (startOptions.signal?.aborted === true) abort();
  const errorText = readErrorText(child.stderr);
  // git may end before it has read its input; its exit code says more than the broken pipe.
  child.stdin.on("error", () => undefined);
  const failureOf = (code: number | null): GitError | undefined => {
    if (failure !== undefined || code === 0) return failure;
    const text = errorText();
    if (isProgramMissing(text)) return gitMissing(text, startOptions.gitDir);
    return isOutOfMemory(text)
      ? tooMuch()
      : explainFailure(text, code, remote, patience === "fetch" ? slowSeconds : undefined);
  };
  const end = async (): Promise<void> => {
    const [outputEnded, errorsEnded] = [ended(child.stdout), ended(child.stderr)];
    const code = await child.exited;
    hasExited = true;
    // Of one that was stopped nobody reads the rest.
    await Promise.race([Promise.all([outputEnded, errorsEnded]), stopped.promise]);
    const error = failureOf(code);
    if (error !== undefined) throw error;
  };
  const done = end().finally(() => {
    clearTimeout(timer);
    unguard();
    startOptions.signal?.removeEventListener("abort", abort);
  });
  done.catch(() => undefined);
  return { pid: child.pid, stdin: child.stdin, stdout: child.stdout, done, cancel };
}

/** However a stream ends, nothing more comes of it. */
async function ended(stream: Readable): Promise<void> {
  await finished(stream, { writable: false }).catch(() => undefined);
}

function tooMuchMemory(remote: GitRemote | undefined, memoryBytesMax: number): GitError {
  const memory = `${inMegabytes(memoryBytesMax)} of memory`;
  if (remote === undefined) {
    return new GitError("output_too_large", `git needs more than ${memory} for it (GIT_MEMORY_MAX_MB)`);
  }
  const who = remote.host === "" ? "the repository" : remote.host;
  const message = `${who} sends more than git can keep in ${memory} (GIT_MEMORY_MAX_MB): is this the right URL?`;
  return new GitError("output_too_large", message);
}

async function collect(started: RunningGit, options: RunOptions): Promise<Buffer> {
  const sizeBytesMax = options.outputSizeBytesMax ?? OUTPUT_SIZE_BYTES_MAX;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  started.stdout.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= sizeBytesMax) chunks.push(chunk);
    else started.cancel(new GitError("output_too_large", `git answered with more than ${sizeBytesMax} bytes`));
  });
  started.stdin.end(options.stdin);
  await started.done;
  return Buffer.concat(chunks);
}

function configuration(options: StartOptions, slowSeconds: number): string[] {
  const settings = [
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "credential.helper=",
    "http.followRedirects=false",
    `http.lowSpeedLimit=${SLOW_BYTES_PER_SECOND}`,
    `http.lowSpeedTime=${slowSeconds}`,
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    // Packs are synced to the disk, loose objects are not: after a power cut nothing that was published is missing.
    "fetch.unpackLimit=1",
    // Old repositories have objects that are odd and harm nobody; what must not be packed is looked for by ourselves.
    "transfer.fsckObjects=false",
    // Of the memory that is allowed, whatever the number of cores.
    "pack.threads=2",
    "pack.windowMemory=64m",
    "pack.deltaCacheSize=64m",
    // Larger files pass through in pieces. Their line ends are not converted then, which nobody will miss.
    "core.bigFileThreshold=128m",
    "protocol.version=2",
  ];
  const gitDir = options.gitDir === undefined ? [] : [`--git-dir=${options.gitDir}`];
  const pinning = options.remote === undefined ? [] : pinningOptions(options.remote);
  return [...gitDir, ...settings.flatMap((setting) => ["-c", setting]), ...pinning];
}

function environmentOf(options: GitOptions, { remote, now, indexFile }: StartOptions): Record<string, string> {
  return {
    ...options.environment,
    LC_ALL: "C",
    // The times inside a zip are local ones.
    TZ: "UTC",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_DEFAULT_HASH: "sha1",
    GIT_DEFAULT_REF_FORMAT: "files",
    GIT_ALLOW_PROTOCOL: options.allowLocal ? "http:https:ssh:file" : "http:https:ssh",
    // Read by every git since 2.21, whatever its name says.
    ...(now === undefined ? {} : { GIT_TEST_DATE_NOW: String(now) }),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
    ...(remote === undefined ? {} : remoteEnvironment(remote)),
  };
}

function readErrorText(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (sizeBytes < ERROR_TEXT_SIZE_BYTES_MAX) chunks.push(chunk);
    sizeBytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function spawnFailure(error: NodeJS.ErrnoException, gitDir: string | undefined): GitError {
  if (error.code === "ENOENT") return gitMissing(error.message, gitDir);
  const message = `git could not be started: ${error.message}`;
  return new GitError("git_missing", message, withoutSecrets(error.message, undefined));
}

function gitMissing(detail: string, gitDir: string | undefined): GitError {
  const where = gitDir === undefined ? "" : `, and check that ${gitDir} exists`;
  const message = `git could not be started: install git (2.37 or newer) and have it in PATH${where}`;
  return new GitError("git_missing", message, withoutSecrets(detail, undefined));
}
