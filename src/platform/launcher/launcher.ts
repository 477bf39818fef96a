import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { messageOf } from "../errors.ts";
import { launchHere } from "./launch.ts";
import type { Launch, LaunchOptions, Launched } from "./launch.ts";
import { LauncherError, LauncherProcess } from "./launcher-process.ts";

/** After so long without work the launcher ends, and its memory is free. */
const IDLE_MS = 60_000;

export interface Launcher {
  readonly launch: Launch;
  /** Ends the launcher, and what it has started. */
  close(): void;
}

/**
 * Starts programs from a small process beside this one. To start a program the system copies the tables of all memory
 * that the starting process has, in one call: of a server of 400 MB that is 7 ms, and 30 on a busy machine, in which it
 * answers nobody. Where the small process fails, which is told to `onProblem`, this one starts them itself. Only Linux has the nameless sockets that this needs; elsewhere this process starts them itself.
 */
export function createLauncher(file: URL, onProblem: (error: unknown) => void): Launcher {
  if (process.platform !== "linux") return { launch: launchHere, close: () => undefined };
  let current: LauncherProcess | undefined;
  let opening: Promise<LauncherProcess> | undefined;
  let isClosed = false;
  const get = async (): Promise<LauncherProcess> => {
    if (current?.isOver === false) return current;
    opening ??= forkLauncher(file).finally(() => (opening = undefined));
    current = await opening;
    if (isClosed) current.end();
    return current;
  };
  let isFirst = true;
  return {
    async launch(command: readonly string[], options: LaunchOptions): Promise<Launched> {
      // A server that has just begun is small still, and asks for git's version before it listens.
      const isHere = isFirst;
      isFirst = false;
      if (isHere) return await launchHere(command, options);
      try {
        return await (await get()).launch(command, options);
      } catch (error) {
        if (!(error instanceof LauncherError) || isClosed) throw error;
        onProblem(error);
        return await launchHere(command, options);
      }
    },
    close() {
      isClosed = true;
      current?.end();
    },
  };
}

async function forkLauncher(file: URL): Promise<LauncherProcess> {
  try {
    const child = fork(file, [], {
      // What git is given comes with each request.
      env: {},
      // Out of reach of what a terminal or a supervisor sends to the server's whole group.
      detached: true,
      execArgv: ["--max-old-space-size=64", "--max-semi-space-size=1"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    return await LauncherProcess.open(child, `\0package-broker-${randomBytes(16).toString("hex")}`, IDLE_MS);
  } catch (cause) {
    throw new LauncherError(`the process that starts programs could not be started: ${messageOf(cause)}`, { cause });
  }
}
