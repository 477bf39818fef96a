import { getPriority } from "node:os";
import { serveTasks } from "../platform/threads/serve-tasks.ts";

/** The file of a worker thread whose tasks do what a hostile repository would like to. */
serveTasks({
  echo: (input: string) => input,
  async count(_: undefined, parts: AsyncIterable<number>) {
    let sum = 0;
    for await (const part of parts) sum += part;
    return sum;
  },
  fill() {
    const held: string[][] = [];
    for (;;) held.push(Array.from({ length: 10_000 }, (_, index) => `${held.length} ${index}`));
  },
  spin() {
    for (;;);
  },
  priority: () => getPriority(0),
  fail() {
    throw new TypeError("this task is wrong");
  },
});
