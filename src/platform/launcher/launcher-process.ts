import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { killGroup } from "./launch.ts";
import type { LaunchOptions, Launched } from "./launch.ts";
import { HEADER_BYTES, PARTS, readHeader } from "./messages.ts";
import type { FromLauncher, LaunchRequest, Part } from "./messages.ts";

/** Whoever connects says at once who it is. */
const HEADER_MS = 10_000;
/** A program whose ends have not all come by then will not be whole any more. */
const START_MS = 30_000;

/** The launcher failed, and not the program; it may be started otherwise. */
export class LauncherError extends Error {
  override readonly name = "LauncherError";
}

/** A program that was asked for, from then until it has ended. */
interface Running {
  readonly ends: Map<Part, Socket>;
  readonly started: PromiseWithResolvers<Launched>;
  readonly exited: PromiseWithResolvers<number | null>;
  pid: number | undefined;
}

/** One launcher and what it has started. Once it is over, whatever it ran has been ended. */
export class LauncherProcess {
  readonly #child: ChildProcess;
  readonly #server: Server;
  readonly #socket: string;
  readonly #idleMs: number;
  readonly #running = new Map<string, Running>();
  #idle: NodeJS.Timeout | undefined;
  isOver = false;

  private constructor(child: ChildProcess, socket: string, idleMs: number) {
    this.#child = child;
    this.#socket = socket;
    this.#idleMs = idleMs;
    this.#server = createServer((end) => void this.#welcome(end));
    child.on("message", (message: FromLauncher) => this.#hear(message));
    child.on("error", () => this.end());
    child.on("exit", () => this.end());
    this.#server.on("error", () => this.end());
  }

  /**
   * This process stays for as long as something runs, and no longer. Rejects with the system's error where the launcher
   * cannot be started, or nothing can be listened at.
   */
  static async open(child: ChildProcess, socket: string, idleMs: number): Promise<LauncherProcess> {
    await once(child, "spawn");
    const launcher = new LauncherProcess(child, socket, idleMs);
    launcher.#server.listen(socket);
    try {
      await once(launcher.#server, "listening");
    } catch (error) {
      launcher.end();
      throw error;
    }
    launcher.#server.unref();
    child.unref();
    launcher.#child.channel?.unref();
    return launcher;
  }

  /** Rejects with the system's error of the program, or with a {@link LauncherError}. */
  async launch(command: readonly string[], { cwd, env }: LaunchOptions): Promise<Launched> {
    if (this.isOver) throw new LauncherError("the process that starts programs has ended");
    clearTimeout(this.#idle);
    const id = randomBytes(16).toString("hex");
    const running: Running = {
      ends: new Map(),
      started: Promise.withResolvers(),
      exited: Promise.withResolvers(),
      pid: undefined,
    };
    this.#running.set(id, running);
    this.#child.channel?.ref();
    const request: LaunchRequest = { id, socket: this.#socket, command, cwd, env };
    this.#child.send(request, (error) => {
      if (error !== null) this.end();
    });
    const timer = setTimeout(() => this.#giveUp(id, running, "a program could not be connected"), START_MS);
    return await running.started.promise.finally(() => clearTimeout(timer));
  }

  /** What it runs ends with it. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#idle);
    this.#server.close();
    if (this.#child.connected) this.#child.disconnect();
    for (const [id, running] of this.#running) this.#giveUp(id, running, "the process that starts programs has ended");
  }

  /** One whose id is not known ends by itself when nobody is at the other ends. */
  #giveUp(id: string, { ends, pid, started }: Running, why: string): void {
    if (pid !== undefined) killGroup(pid);
    else for (const end of ends.values()) end.destroy();
    started.reject(new LauncherError(why));
    this.#forget(id, null);
  }

  #hear(message: FromLauncher): void {
    const running = this.#running.get(message.id);
    if (running === undefined) return;
    if (message.kind === "started") {
      running.pid = message.pid;
      this.#startWhenWhole(message.id, running);
    } else if (message.kind === "failed") {
      running.started.reject(Object.assign(new Error(message.message), { code: message.code }));
      for (const end of running.ends.values()) end.destroy();
      this.#forget(message.id, null);
    } else {
      // Its ends may still be on their way.
      void running.started.promise.finally(() => this.#forget(message.id, message.code)).catch(() => undefined);
    }
  }

  async #welcome(end: Socket): Promise<void> {
    end.on("error", () => undefined);
    const timer = setTimeout(() => end.destroy(), HEADER_MS).unref();
    const header = await readExactly(end, HEADER_BYTES);
    clearTimeout(timer);
    const { id, part } = readHeader(header);
    const running = this.#running.get(id);
    if (running === undefined || part === undefined || running.ends.has(part)) {
      end.destroy();
      return;
    }
    running.ends.set(part, end);
    this.#startWhenWhole(id, running);
  }

  /** The launcher's word and the connections come by different ways, in any order. */
  #startWhenWhole(id: string, { ends, pid, started, exited }: Running): void {
    const [stdin, stdout, stderr] = PARTS.map((part) => ends.get(part));
    if (pid === undefined || stdin === undefined || stdout === undefined || stderr === undefined) return;
    if (!this.#running.has(id)) return;
    // Nothing comes from there but its end, which is only seen by who reads.
    stdin.resume();
    started.resolve({ pid, stdin, stdout, stderr, exited: exited.promise });
  }

  #forget(id: string, code: number | null): void {
    this.#running.get(id)?.exited.resolve(code);
    this.#running.delete(id);
    if (this.#running.size > 0 || this.isOver) return;
    this.#child.channel?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.end(), this.#idleMs).unref();
  }
}

/** The first bytes, and not one more: what follows them is for another reader. Empty where they do not come. */
async function readExactly(socket: Socket, bytes: number): Promise<string> {
  return await new Promise((resolve) => {
    const finish = (text: string) => {
      socket.off("readable", look);
      socket.off("close", giveUp);
      resolve(text);
    };
    const look = () => {
      const found = socket.read(bytes) as Buffer | null;
      if (found !== null) finish(found.toString("latin1"));
    };
    const giveUp = () => finish("");
    socket.on("readable", look);
    socket.on("close", giveUp);
  });
}
