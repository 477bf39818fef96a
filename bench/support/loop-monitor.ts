// Loaded into a server with `--import`: writes how long its event loop was held since the last time into the file that
// LOOP_DELAY_FILE names, whenever SIGUSR2 comes.
import { renameSync, writeFileSync } from "node:fs";
import { createHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

const file = process.env["LOOP_DELAY_FILE"];
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // What the main thread itself computed between two of its turns, whatever else the machine was busy with meanwhile.
  const computed = createHistogram();
  const cpuMicroseconds = () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  let before = cpuMicroseconds();
  setInterval(() => {
    const now = cpuMicroseconds();
    computed.record(Math.max(1, Math.round(now - before)));
    before = now;
  }, 1).unref();
  process.on("SIGUSR2", () => {
    const ms = (nanoseconds: number) => nanoseconds / 1e6;
    const held = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
    const [p50, p99] = [computed.percentile(50) / 1e3, computed.percentile(99) / 1e3];
    const found = { held, computed: { p50, p99, max: computed.max / 1e3 } };
    delay.reset();
    computed.reset();
    writeFileSync(`${file}.new`, JSON.stringify(found));
    renameSync(`${file}.new`, file);
  });
}
