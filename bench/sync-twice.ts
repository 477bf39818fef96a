// `node sync-twice.ts DATA_DIR URL` syncs a new source inside this process, once at the start and once for each line on
// standard input, and prints the milliseconds of each.
import { createInterface } from "node:readline";
import { commandLine } from "../src/modules/callers/index.ts";
import { addSource } from "../src/modules/sources/index.ts";
import { syncSource } from "../src/modules/sync/index.ts";
import { openBenchCore } from "./support/broker.ts";

const [dataDir, url] = process.argv.slice(2);
if (dataDir === undefined || url === undefined) throw new Error("usage: node sync-twice.ts DATA_DIR URL");
const core = await openBenchCore(dataDir);
// All of them, because the programs it is compared with read all of them.
const source = await addSource(core, commandLine, { url, branches: "all" });

async function sync(): Promise<void> {
  const startedAt = performance.now();
  const report = await syncSource(core.sync, source.id);
  const ms = performance.now() - startedAt;
  if (report === "busy" || report.outcome === "failed") throw new Error(`The sync failed: ${JSON.stringify(report)}`);
  process.stdout.write(`${JSON.stringify({ ms, refsRead: report.refsRead })}\n`);
}

await sync();
for await (const _line of createInterface({ input: process.stdin })) await sync();
await core.close();
