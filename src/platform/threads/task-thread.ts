import { Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./messages.ts";
import { ThreadError } from "./thread-error.ts";

/** A task as its caller gave it. */
export interface Task {
  readonly name: string;
  readonly input: unknown;
  /** What is added piece by piece; asked again only when the piece before was dealt with. Undefined: that is all. */
  readonly nextPart: (() => Promise<unknown>) | undefined;
  readonly timeoutMs: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export interface ThreadOptions {
  readonly file: URL;
  readonly memoryMb: number;
}

/** One worker thread and the task it is at. After a death it is over: the pool makes another one. */
export class TaskThread {
  readonly #worker: Worker;
  readonly #memoryMb: number;
  readonly #onIdle: () => void;
  #task: Task | undefined;
  #timer: NodeJS.Timeout | undefined;
  isOver = false;

  constructor({ file, memoryMb }: ThreadOptions, told: { onIdle: () => void; onOver: () => void }) {
    this.#memoryMb = memoryMb;
    this.#onIdle = told.onIdle;
    this.#worker = new Worker(file, {
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      execArgv: [],
      stdin: false,
    });
    this.#worker.on("message", (message: FromWorker) => void this.#hear(message));
    this.#worker.on("error", (error: Error & { code?: string }) => this.#end(this.#causeOf(error)));
    this.#worker.on("exit", () => {
      this.#end(new ThreadError("failed", "the worker thread ended without a result"));
      told.onOver();
    });
    this.#worker.unref();
  }

  get isIdle(): boolean {
    return this.#task === undefined && !this.isOver;
  }

  /** The process stays for as long as somebody waits for a result. */
  start(task: Task): void {
    this.#task = task;
    this.#worker.ref();
    const tooSlow = () => {
      const seconds = Math.round(task.timeoutMs / 1000);
      this.#end(new ThreadError("too_slow", `it took more than ${seconds} seconds of a worker thread`));
      void this.#worker.terminate();
    };
    this.#timer = setTimeout(tooSlow, task.timeoutMs);
    try {
      this.#say({ kind: "task", name: task.name, input: task.input });
    } catch (cause) {
      this.#finish()?.reject(cause);
    }
  }

  isAt(task: Task): boolean {
    return this.#task === task;
  }

  /** Whatever it is at has no result. */
  async stop(): Promise<void> {
    this.#end(new ThreadError("called_off", "it was called off"));
    await this.#worker.terminate();
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  async #hear(message: FromWorker): Promise<void> {
    const task = this.#task;
    if (task === undefined) return;
    if (message.kind === "more") {
      await this.#addPart(task);
    } else if (message.kind === "done") {
      this.#finish()?.resolve(message.result);
    } else {
      const failed = new ThreadError("failed", message.message);
      if (message.stack !== undefined) failed.stack = message.stack;
      this.#finish()?.reject(failed);
    }
  }

  async #addPart(task: Task): Promise<void> {
    try {
      const part = await task.nextPart?.();
      if (this.#task === task) this.#say(part === undefined ? { kind: "end" } : { kind: "part", part });
    } catch (error) {
      // The worker waits for a part that will never come.
      if (this.#task !== task) return;
      this.#end(error);
      void this.#worker.terminate();
    }
  }

  /** Takes the task away, and is free for another. */
  #finish(): Task | undefined {
    const task = this.#take();
    this.#worker.unref();
    if (task !== undefined) queueMicrotask(() => this.#onIdle());
    return task;
  }

  #take(): Task | undefined {
    const task = this.#task;
    this.#task = undefined;
    clearTimeout(this.#timer);
    return task;
  }

  /** The process stays until the thread has ended, because others may wait for the one that comes after it. */
  #end(error: unknown): void {
    this.isOver = true;
    this.#take()?.reject(error);
  }

  #causeOf(error: Error & { code?: string }): ThreadError {
    return error.code === "ERR_WORKER_OUT_OF_MEMORY"
      ? new ThreadError("out_of_memory", `it needs more than the ${this.#memoryMb} MB that a worker thread may have`)
      : new ThreadError("failed", `the worker thread failed: ${error.message}`, { cause: error });
  }
}
