// `node --import event-loop-witness.ts …` writes what the event loop of that process was late by, once a second, as JSON
// lines into the file that SOAK_WITNESS names. From outside, the machine's other work cannot be told from it.
import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const { SOAK_WITNESS: file } = process.env;
// A worker has a loop of its own, which may be as late as it likes; and git's children inherit the environment.
if (file !== undefined && isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  setInterval(() => {
    const { rss, heapUsed } = process.memoryUsage();
    const [p99Ms, maxMs] = [delay.percentile(99) / 1e6, delay.max / 1e6];
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), p99Ms, maxMs, rss, heapUsed })}\n`);
    delay.reset();
  }, 1_000).unref();
}
