import { availableParallelism } from "node:os";
import { FairQueue } from "./fair-queue.ts";
import type { Lane } from "./fair-queue.ts";
import { TaskThread } from "./task-thread.ts";
import type { Task } from "./task-thread.ts";
import { ThreadError } from "./thread-error.ts";

/** More would only take memory: what is done here is seldom. */
const THREADS_MAX = 4;
/** Somebody waits for each of these; whoever comes then is better told than kept. */
const WAITED_MAX = 200;
/** A thread has some 10 MB, and starts within a tenth of a second. */
const IDLE_MS = 60_000;

export interface TaskPoolOptions {
  /** Calls {@link serveTasks}. */
  readonly file: URL;
  /** Of one thread's heap. */
  readonly memoryMb: number;
  /** Of one task, from its start. */
  readonly timeoutMs: number;
  /** One on machines of up to two cores unless told: the other one is the server's. */
  readonly threads?: number | undefined;
}

export interface TaskOptions {
  readonly lane: Lane;
  readonly nextPart?: (() => Promise<unknown>) | undefined;
  /** Calls it off, also when it has begun. */
  readonly signal?: AbortSignal | undefined;
}

/** Does what would hold the event loop for long. Threads are started when there is something to do. */
export interface TaskPool {
  /** The caller says what comes back, as it says what goes in. */
  run: <Result>(name: string, input: unknown, options: TaskOptions) => Promise<Result>;
  /** Ends what runs and refuses what waits. */
  close: () => Promise<void>;
}

export function createTaskPool(options: TaskPoolOptions): TaskPool {
  const pool = new ThreadPool(options);
  return { run: (...given) => pool.run(...given), close: () => pool.close() };
}

class ThreadPool implements TaskPool {
  readonly #options: TaskPoolOptions;
  readonly #threadsMax: number;
  readonly #threads = new Set<TaskThread>();
  readonly #queue = new FairQueue<Task>();
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: TaskPoolOptions) {
    this.#options = options;
    this.#threadsMax = options.threads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  }

  async run<Result>(name: string, input: unknown, { lane, nextPart, signal }: TaskOptions): Promise<Result> {
    if (this.#isClosed || signal?.aborted === true) throw calledOff();
    if (lane === "waited" && this.#queue.lengthOf(lane) >= WAITED_MAX) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const task: Task = { name, input, nextPart, timeoutMs: this.#options.timeoutMs, resolve, reject };
    const callOff = () => {
      if (this.#queue.remove(lane, task)) reject(calledOff());
      else for (const thread of this.#threads) if (thread.isAt(task)) void thread.stop();
    };
    signal?.addEventListener("abort", callOff, { once: true });
    this.#queue.push(lane, task);
    this.#serve();
    try {
      // The cast is safe as far as the caller says what the task of this name gives.
      return (await promise) as Result;
    } finally {
      signal?.removeEventListener("abort", callOff);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) task.reject(calledOff());
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  #serve(): void {
    clearTimeout(this.#idleTimer);
    while (this.#queue.size > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      const task = this.#queue.shift();
      if (task !== undefined) thread.start(task);
    }
    this.#idleTimer = setTimeout(() => this.#endIdle(), IDLE_MS);
    this.#idleTimer.unref();
  }

  #freeThread(): TaskThread | undefined {
    const idle = [...this.#threads].find((thread) => thread.isIdle);
    if (idle !== undefined || this.#threads.size >= this.#threadsMax) return idle;
    const thread = new TaskThread(this.#options, {
      onIdle: () => this.#serve(),
      onOver: () => {
        this.#threads.delete(thread);
        if (!this.#isClosed) this.#serve();
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  #endIdle(): void {
    for (const thread of this.#threads) if (thread.isIdle) void thread.stop();
  }
}

function calledOff(): ThreadError {
  return new ThreadError("called_off", "it was called off");
}

function tooMany(): ThreadError {
  return new ThreadError("too_many_waiting", `${WAITED_MAX} others wait for a worker thread already`);
}
