import path from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { commandLine } from "../../src/modules/callers/index.ts";
import { addSource } from "../../src/modules/sources/index.ts";
import { hostPackage } from "../../src/testing/packages.ts";
import { LARGE_PACKAGE, openBenchCore, prepareData, startBroker } from "../support/broker.ts";
import type { Broker } from "../support/broker.ts";
import { summarize } from "../support/comparison.ts";
import type { Bench, BenchCase, Figure } from "../support/comparison.ts";
import { makeConstraintBomb, makeFramework, makeMetadataBomb } from "../support/large-repositories.ts";
import type { LargeRepository } from "../support/large-repositories.ts";
import { ROOT, basicAuth, getRaw, waitForAnswer } from "../support/programs.ts";
import { witness } from "../support/witness.ts";
import type { Witnessed } from "../support/witness.ts";

/** What the defaults would skip is to be read here, because it is the worst that a setting allows. */
const NO_BUDGETS = {
  VERSION_METADATA_MAX_KB: "1000",
  CONSTRAINT_PARTS_MAX: "1000",
  PACKAGE_METADATA_MAX_MB: "1000",
};

const MANY_VERSIONS = 15_001;
const MANY = "acme/many";

/**
 * How long everybody else waits while a large repository syncs, hostile ones do, and a list of 15,001 versions is
 * written and asked for by who cannot read gzip.
 */
export const loop: BenchCase = {
  name: "loop",
  async run(bench) {
    const repositories = [makeFramework, makeMetadataBomb, makeConstraintBomb];
    const made: LargeRepository[] = [];
    for (const make of repositories) made.push(await make(path.join(bench.directory, "git")));
    const ours = await measure(bench, made, ROOT, "");
    const other = bench.otherCheckout;
    const theirs = other === undefined ? [] : await measure(bench, made, other, ", other checkout");
    return { comparisons: [], figures: [...ours, ...theirs] };
  },
};

async function measure(
  bench: Bench,
  repositories: LargeRepository[],
  checkout: string,
  label: string,
): Promise<Figure[]> {
  const data = await prepareData(path.join(bench.directory, label === "" ? "ours" : "theirs"));
  const sources = await addContents(data.dataDir, repositories);
  const delayFile = `${data.dataDir}.delays`;
  const monitor = path.join(ROOT, "bench", "support", "loop-monitor.ts");
  const env = {
    LOOP_DELAY_FILE: delayFile,
    ALLOW_LOCAL_SOURCES: "1",
    NODE_OPTIONS: `--import=${monitor}`,
    ...NO_BUDGETS,
  };
  await using broker = await startBroker({ dataDir: data.dataDir, checkout, env });
  await waitForAnswer(`${broker.url}/ready`);
  const figures: Figure[] = [];
  const during = async (what: string, work: () => Promise<void>) => {
    bench.say(`${what}${label}`);
    figures.push(...figuresOf(`${what}${label}`, await witness(broker, delayFile, work)));
  };
  await during("nothing", () => setTimeout(3_000));
  for (const { id, name } of sources) {
    await during(`sync of ${name}`, () => syncNow(data.dataDir, id));
    await during(`first list of ${name}`, () => ask(broker, data.token, name));
  }
  await during(`first list of ${MANY_VERSIONS} versions`, () => ask(broker, data.token, MANY));
  const plain = { "Accept-Encoding": "identity" };
  await during("the same without gzip, 5 times", async () => {
    for (let index = 0; index < 5; index++) await ask(broker, data.token, MANY, plain);
  });
  await during("its HEAD without gzip, 5 times", async () => {
    for (let index = 0; index < 5; index++) await ask(broker, data.token, MANY, plain, "HEAD");
  });
  await during("a warm list beside it", () => ask(broker, data.token, LARGE_PACKAGE));
  return figures;
}

/** Sources are added in no hurry: each is due when it is asked for. */
async function addContents(dataDir: string, repositories: readonly LargeRepository[]) {
  const core = await openBenchCore(dataDir);
  try {
    const versions = Array.from({ length: MANY_VERSIONS }, (_, index) => ({
      version: `${Math.floor(index / 1_000) + 1}.${Math.floor(index / 10) % 100}.${index % 10}`,
    }));
    await hostPackage(core.database, MANY, versions);
    const sources: { id: string; name: string }[] = [];
    for (const { name, directory } of repositories) {
      const deps = { ...core, sourcePolicy: { ...core.sourcePolicy, allowLocalSources: true } };
      const source = await addSource(deps, commandLine, { url: `file://${directory}` });
      sources.push({ id: source.id, name });
    }
    await core.database.db.updateTable("sources").set({ next_sync_at: 9_999_999_999 }).execute();
    return sources;
  } finally {
    await core.close();
  }
}

/** Has the server sync a source, and waits for the end of it. */
async function syncNow(dataDir: string, id: string): Promise<void> {
  const database = new Database(path.join(dataDir, "package-broker.db"), { timeout: 60_000 });
  try {
    database.prepare("update sources set next_sync_at = 1 where id = ?").run(id);
    const read = database.prepare("select state, state_detail, next_sync_at from sources where id = ?");
    for (;;) {
      const row = read.get(id) as { state: string; state_detail: string | null; next_sync_at: number };
      if (row.next_sync_at > 1 && (row.state === "active" || row.state === "failing")) {
        if (row.state_detail !== null) process.stderr.write(`loop: ${id} ${row.state}: ${row.state_detail}\n`);
        return;
      }
      await setTimeout(50);
    }
  } finally {
    database.close();
  }
}

async function ask(
  broker: Broker,
  token: string,
  name: string,
  more: Record<string, string> = {},
  method: "GET" | "HEAD" = "GET",
): Promise<void> {
  const headers = { Authorization: basicAuth(token), "Accept-Encoding": "gzip", ...more };
  await getRaw(`${broker.url}/p2/${name}.json`, headers, method);
}

function figuresOf(what: string, { held, computed, health, cpuSeconds, seconds }: Witnessed): Figure[] {
  const figure = (measured: string, unit: string, value: number) => ({ measured, unit, value: summarize([value]) });
  return [
    figure(`${what}: event loop held, p99`, "ms", held.p99),
    figure(`${what}: event loop held, longest`, "ms", held.max),
    figure(`${what}: computed in one turn, p99`, "ms", computed.p99),
    figure(`${what}: computed in one turn, longest`, "ms", computed.max),
    figure(`${what}: /health beside it, p50`, "ms", health.p50),
    figure(`${what}: /health beside it, p99`, "ms", health.p99),
    figure(`${what}: /health beside it, longest`, "ms", health.max),
    figure(`${what}: processor time of the server`, "s", cpuSeconds),
    figure(`${what}: time`, "s", seconds),
  ];
}
