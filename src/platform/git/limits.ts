import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const MB = 1024 * 1024;

/** What a program and whatever it starts may take, each of them; the kernel holds it, and nothing outruns that. */
export interface ProcessLimits {
  /** Of memory that is written to. Files that are mapped, such as a mirror's packs, are the page cache's. */
  readonly memoryBytesMax: number;
  /** Of a file that is written. */
  readonly fileBytesMax?: number | undefined;
}

export type LimitedCommand = (limits: ProcessLimits, program: string, args: readonly string[]) => readonly string[];

/**
 * Puts util-linux's `prlimit` in front of a program, which it becomes. Where there is none (it is on every Debian,
 * Ubuntu and Fedora) or where it may not set limits, nothing stands in front: then memory and files are only watched.
 */
export function limitCommands(path: string | undefined): LimitedCommand {
  const prlimit = findPrlimit(path ?? "");
  return ({ memoryBytesMax, fileBytesMax }, program, args) => {
    if (prlimit === undefined) return [program, ...args];
    const file = fileBytesMax === undefined ? [] : [`--fsize=${Math.max(0, Math.floor(fileBytesMax))}`];
    return [prlimit, "--core=0", `--data=${memoryBytesMax}`, ...file, "--", program, ...args];
  };
}

function findPrlimit(path: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  const found = path
    .split(delimiter)
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => join(directory, "prlimit"))
    .find(isExecutable);
  if (found === undefined) return undefined;
  // For itself, once: whoever may not set these limits would start no git at all.
  const tried = spawnSync(found, ["--core=0", `--data=${64 * MB}`], { stdio: "ignore", timeout: 5_000 });
  return tried.status === 0 ? found : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What is said where the program behind the limits is not there. */
export function isProgramMissing(stderr: string): boolean {
  return stderr.startsWith("prlimit: failed to execute ");
}

/** As settings count them. */
export function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / MB).toLocaleString("en")} MB`;
}
