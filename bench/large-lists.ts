import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { migrations } from "../migrations/index.ts";
import { verifyAuditChain } from "../src/modules/audit/index.ts";
import { listLargeQueries } from "../src/testing/large-queries.ts";
import { insertManyRows } from "../src/testing/many-rows.ts";
import { planOf, recordQueries } from "../src/testing/query-plans.ts";
import { migrateToLatest, openDatabase } from "../src/platform/database/index.ts";
import { createCipher } from "../src/platform/crypto/cipher.ts";
import type { Database, Schema } from "../src/schema.ts";

const ROUNDS = 5;

/**
 * What a person's lists cost with 100,000 tokens and 1,000,000 audit records: time and plan of every query. Run by
 * hand: `node bench/large-lists.ts`, with `DATABASE_URL` of an empty PostgreSQL database for the other engine.
 */
async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "package-broker-lists-"));
  const url = process.env["DATABASE_URL"];
  const database = openDatabase<Schema>({
    url,
    sqliteFile: join(directory, "package-broker.db"),
    onError: console.error,
  });
  try {
    await migrateToLatest(database.db, migrations);
    console.time("rows made in");
    await insertManyRows(database, { tokens: 100_000, events: 1_000_000 });
    console.timeEnd("rows made in");
    await measure(database);
    await verify(database);
  } finally {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(database: Database): Promise<void> {
  const recorded = recordQueries(database);
  for (const [name, run] of Object.entries(listLargeQueries(recorded.database))) {
    recorded.queries.length = 0;
    await run();
    const queries = [...recorded.queries];
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const startedAt = performance.now();
      await run();
      times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    console.log(`\n## ${name}: ${times[ROUNDS >> 1]?.toFixed(1) ?? ""} ms (worst ${times.at(-1)?.toFixed(1) ?? ""})`);
    for (const query of queries) {
      console.log(`- ${query.sql.replaceAll(/\s+/g, " ").slice(0, 300)}`);
      for (const line of await planOf(database, query)) console.log(`    ${line}`);
    }
  }
}

/** The longest that anybody else has to wait. */
async function verify(database: Database): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  const { verified } = await verifyAuditChain({ database, cipher: createCipher(Buffer.alloc(32, 1)) });
  delay.disable();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `\n## verify: ${verified} records in ${seconds} s, event loop held for at most ${(delay.max / 1e6).toFixed(1)} ms, 999 of 1,000 times for ${(delay.percentile(99.9) / 1e6).toFixed(1)} ms`,
  );
}

await main();
