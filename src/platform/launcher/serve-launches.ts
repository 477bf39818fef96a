import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { lowerPriority } from "../background-priority.ts";
import { killGroup } from "./launch.ts";
import { PARTS, headerOf } from "./messages.ts";
import type { FromLauncher, LaunchRequest, Part } from "./messages.ts";

/** Makes this process the launcher of the one that forked it. It ends with that, and ends what it has started. */
export function serveLaunches(): void {
  const groups = new Set<number>();
  lowerPriority(process.pid);
  // A service manager may tell every process to stop; the server decides when its gits do.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  // Without the server nothing holds this process but what it has started.
  process.on("disconnect", () => {
    for (const pid of groups) killGroup(pid);
  });
  process.on("message", (request: LaunchRequest) => void launch(request, groups));
}

async function launch(request: LaunchRequest, groups: Set<number>): Promise<void> {
  const { id, command, cwd, env } = request;
  const ends: Socket[] = [];
  try {
    for (const part of PARTS) ends.push(await connectEnd(request, part));
    const [program = "", ...args] = command;
    const [stdin, stdout, stderr] = ends;
    const child = spawn(program, args, { cwd, env, detached: true, stdio: [stdin, stdout, stderr] });
    child.once("exit", (code) => {
      const { pid } = child;
      // A helper that lost its parent must not live on.
      if (pid !== undefined) killGroup(pid);
      groups.delete(pid ?? 0);
      say({ kind: "exited", id, code });
    });
    await once(child, "spawn");
    child.on("error", () => undefined);
    const { pid = 0 } = child;
    groups.add(pid);
    if (!process.connected) killGroup(pid);
    close(ends);
    say({ kind: "started", id, pid });
  } catch (error) {
    close(ends);
    const { message, code }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    say({ kind: "failed", id, message, code });
  }
}

/** The program has its own; only when all are closed does the server see the end of its output. */
function close(ends: readonly Socket[]): void {
  for (const end of ends) end.destroy();
}

async function connectEnd({ socket, id }: LaunchRequest, part: Part): Promise<Socket> {
  const end = connect({ path: socket });
  // Where the server has gone, what waits for the connection fails; this process goes on for the others.
  end.on("error", () => undefined);
  await once(end, "connect");
  // It must be written before the program writes anything.
  await new Promise<void>((resolve, reject) =>
    end.write(headerOf(id, part), (error) => {
      if (error) reject(error);
      else resolve();
    }),
  );
  return end;
}

/** Where the server has gone, nobody has to be told. */
function say(message: FromLauncher): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}
