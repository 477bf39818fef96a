import type { Apart } from "./apart.ts";
import { Ledger, buy, probe, sell } from "./honest-load.ts";

process.once("message", (task: Apart) => void run(task));

async function run(task: Apart): Promise<void> {
  const ledger = new Ledger();
  const load = { url: task.url, ledger, isOver: () => Date.now() >= task.until || !process.connected };
  if (task.kind === "probe") {
    await probe(load, task.token, task.name);
  } else {
    await Promise.all([
      ...task.tokens.map((token, index) => buy(load, token, task.archivePath, index)),
      ...task.shops.map((shop, index) => sell(load, shop, index)),
    ]);
  }
  process.send?.(ledger.entries(), () => process.disconnect());
}
