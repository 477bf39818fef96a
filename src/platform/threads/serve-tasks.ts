import { parentPort } from "node:worker_threads";
import { lowerPriority } from "../background-priority.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** Runs in the worker: `parts` is what the caller has to add, each asked for when the one before was dealt with. */
export type TaskHandler = (input: never, parts: AsyncIterable<never>) => unknown;

/** Makes this thread do the tasks of a pool, one at a time, by their names. */
export function serveTasks(handlers: Readonly<Record<string, TaskHandler>>): void {
  if (parentPort === null) throw new Error("this file runs in a worker thread");
  lowerPriority("this thread");
  const port = parentPort;
  const say = (message: FromWorker): void => port.postMessage(message);
  let onPart: ((message: ToWorker) => void) | undefined;
  const nextMessage = () =>
    new Promise<ToWorker>((resolve) => {
      onPart = resolve;
      say({ kind: "more" });
    });
  port.on("message", (message: ToWorker) => {
    if (message.kind !== "task") {
      onPart?.(message);
      return;
    }
    // The cast is safe: who calls a task by its name gives what it takes.
    const handler = handlers[message.name] as ((input: unknown, parts: AsyncIterable<unknown>) => unknown) | undefined;
    if (handler === undefined) {
      say({ kind: "failed", message: `there is no task ${message.name}`, stack: undefined });
      return;
    }
    void answer(say, async () => await handler(message.input, partsOf(nextMessage)));
  });
}

async function* partsOf(next: () => Promise<ToWorker>): AsyncGenerator {
  for (let message = await next(); message.kind === "part"; message = await next()) yield message.part;
}

async function answer(say: (message: FromWorker) => void, work: () => Promise<unknown>): Promise<void> {
  try {
    say({ kind: "done", result: await work() });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    say({ kind: "failed", message, stack });
  }
}
