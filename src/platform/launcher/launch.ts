import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { lowerPriority } from "../background-priority.ts";

export interface LaunchOptions {
  readonly cwd: string;
  /** All that the program inherits. */
  readonly env: Readonly<Record<string, string>>;
}

/** A running program, in a process group of its own. */
export interface Launched {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code; null when a signal ended it. Its group has gone; what it wrote may not have been read yet. */
  readonly exited: Promise<number | null>;
}

/** Starts a program, never through a shell. Rejects with the system's error where it cannot be started. */
export type Launch = (command: readonly string[], options: LaunchOptions) => Promise<Launched>;

/** By this process itself. */
export const launchHere: Launch = async ([program = "", ...args], { cwd, env }) => {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      // A helper that lost its parent must not live on.
      killGroup(child.pid ?? 0);
      resolve(code);
    });
  });
  await once(child, "spawn");
  child.on("error", () => undefined);
  const { pid = 0, stdin, stdout, stderr } = child;
  lowerPriority(pid);
  return { pid, stdin, stdout, stderr, exited };
};

/** Whatever is left of a group, at once. */
export function killGroup(pid: number): void {
  // 0 would be this process and its own.
  if (pid <= 0) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
