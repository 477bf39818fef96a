import { spawn } from "node:child_process";

/** What to install on Debian when a program that the end-to-end tests drive is missing. */
const DEBIAN_PACKAGES = {
  ...{
    bash: "bash",
    git: "git",
    php: "php-cli",
    composer: "composer",
    tar: "tar",
    mount: "mount",
    umount: "mount",
    openssl: "openssl",
    ip: "iproute2",
  },
} as const;

/** A program of the machine that the end-to-end tests drive for real. */
export type Tool = keyof typeof DEBIAN_PACKAGES;

/** How to run a tool. Nothing of the caller's environment but PATH reaches it. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** The whole process group is killed after this many milliseconds (default 60 s). */
  readonly timeoutMs?: number;
}

/** How a program ended, and what it said. */
export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The words for a missing program: a test that needs it fails with them and never skips. */
export function missingTool(tool: string, debianPackage: string): Error {
  return new Error(`${tool} is missing, and this test needs the real one. Debian: apt-get install ${debianPackage}`);
}

/** Turns "no such program" into the package to install, and leaves every other error alone. */
export function explainSpawnError(tool: Tool, error: Error): Error {
  const missing = "code" in error && error.code === "ENOENT";
  return missing ? missingTool(tool, DEBIAN_PACKAGES[tool]) : error;
}

/**
 * The environment of every program started here. It is built from nothing, so that no proxy, locale, git or
 * Composer setting of the machine decides what a test sees.
 */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

/** Runs a tool to its end and returns what it said, whatever its exit code is. */
export async function runTool(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const timeoutMs = options.timeoutMs ?? 60_000;
  const child = spawn(tool, args, {
    cwd: options.cwd,
    env: cleanEnvironment(options.env),
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    // A group, because composer and git leave the work to children that would outlive them.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, timeoutMs);
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program may end before it has read its input; its exit code says more than the broken pipe does.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  child.on("error", (error) => {
    clearTimeout(timer);
    reject(explainSpawnError(tool, error));
  });
  child.on("close", (code) => {
    clearTimeout(timer);
    const result = { exitCode: code ?? -1, stdout: textOf(stdout), stderr: textOf(stderr) };
    const command = [tool, ...args].join(" ");
    if (timedOut) reject(new Error(`${command} took longer than ${timeoutMs} ms.\n${result.stdout}${result.stderr}`));
    else resolve(result);
  });
  return await promise;
}

/** Runs a tool that has to succeed, and returns its standard output. */
export async function runToolOrFail(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await runTool(tool, args, options);
  if (result.exitCode !== 0) {
    throw new Error(`${[tool, ...args].join(" ")} ended with ${result.exitCode}.\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
