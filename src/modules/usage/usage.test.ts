import { describe, expect, test } from "vitest";
import { createLogger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { TEST_CIPHER, insertTokens } from "../../testing/usage.ts";
import { createUsage } from "./index.ts";

const HOUR = 1_800_000_000;
const FROM = { address: "203.0.113.7", userAgent: undefined };

async function setUp(engine: (typeof testEngines)[number]) {
  const stack = new AsyncDisposableStack();
  const { database } = stack.use(await createTestDatabase(engine));
  const clock = createTestClock(HOUR);
  await insertTokens(database, ["token_a", "token_b"]);
  const packageId = await hostPackage(database, "acme/core", ["1.0.0"]);
  const lines: string[] = [];
  const logger = createLogger("debug", { write: (line: string) => void lines.push(line) });
  /** Fails as often as it is told before it reaches the database, or after the commit's work was done. */
  const faults = { before: 0, during: 0 };
  const transaction: Database["transaction"] = async (work) => {
    if (faults.before-- > 0) throw new Error("no database");
    return await database.transaction(async (trx, changed) => {
      const result = await work(trx, changed);
      if (faults.during-- > 0) throw new Error("lost on the way");
      return result;
    });
  };
  const open = () => createUsage({ database: { db: database.db, transaction }, clock, logger, cipher: TEST_CIPHER });
  const stored = async () => ({
    hours: await database.db.selectFrom("token_usage").selectAll().orderBy("token").orderBy("hour").execute(),
    days: await database.db.selectFrom("version_downloads").selectAll().orderBy("token").execute(),
    lastUsed: await database.db.selectFrom("tokens").select(["id", "last_used_at"]).orderBy("id").execute(),
  });
  return { clock, packageId, lines, faults, open, stored, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.each(testEngines)("usage on %s", (engine) => {
  test("adds up by hour and day, over several writers", async () => {
    await using bench = await setUp(engine);
    const [one, two] = [bench.open(), bench.open()];
    for (const usage of [one, two]) {
      usage.countRequest("token_a", FROM);
      usage.countRequest("token_a", FROM);
      usage.countDownload("token_a", bench.packageId, "1.0.0.0");
      usage.countInstall("token_b", bench.packageId, "1.0.0.0");
    }
    await Promise.all([one.flush(), two.flush()]);
    bench.clock.advanceSeconds(3_600);
    one.countRequest("token_a", FROM);
    await one.flush();
    const { hours, days, lastUsed } = await bench.stored();
    expect(hours).toEqual([
      { token: "token_a", hour: HOUR, requests: 4, downloads: 2 },
      { token: "token_a", hour: HOUR + 3_600, requests: 1, downloads: 0 },
    ]);
    expect(days).toMatchObject([
      { token: "token_a", downloads: 2, installs: 0 },
      { token: "token_b", downloads: 0, installs: 2 },
    ]);
    expect(lastUsed).toEqual([
      { id: "token_a", last_used_at: HOUR + 3_600 },
      { id: "token_b", last_used_at: null },
    ]);
    expect(await one.totalsOf("token_a", HOUR + 3_700)).toEqual({ requests: 5, downloads: 2, requestsThisHour: 1 });
  });

  test.each(["before", "during"] as const)(
    "loses nothing and counts nothing twice when a write fails %s it",
    async (moment) => {
      await using bench = await setUp(engine);
      const usage = bench.open();
      usage.countRequest("token_a", FROM);
      usage.countDownload("token_a", bench.packageId, "1.0.0.0");
      bench.faults[moment] = 2;
      await usage.flush();
      // Counted while what failed was given back.
      usage.countRequest("token_a", FROM);
      await usage.flush();
      expect((await bench.stored()).hours).toEqual([]);
      expect(bench.lines.filter((line) => line.includes("usage could not be written"))).toHaveLength(2);
      await usage.flush();
      await usage.flush();
      const { hours, days, lastUsed } = await bench.stored();
      expect(hours).toMatchObject([{ requests: 2, downloads: 1 }]);
      expect(days).toMatchObject([{ downloads: 1 }]);
      expect(lastUsed[0]).toEqual({ id: "token_a", last_used_at: HOUR });
    },
  );

  test("never takes last_used_at back, whoever writes last", async () => {
    await using bench = await setUp(engine);
    const [early, late] = [bench.open(), bench.open()];
    early.countRequest("token_a", FROM);
    bench.clock.advanceSeconds(60);
    late.countRequest("token_a", FROM);
    await late.flush();
    await early.flush();
    expect((await bench.stored()).lastUsed[0]).toEqual({ id: "token_a", last_used_at: HOUR + 60 });
  });

  test("writes at shutdown, and copes with thousands of rows at once", async () => {
    await using bench = await setUp(engine);
    const usage = bench.open();
    usage.start();
    for (let version = 0; version < 2_500; version++)
      usage.countInstall("token_a", bench.packageId, `1.0.${version}.0`);
    await usage.stop();
    expect((await bench.stored()).days).toHaveLength(2_500);
  });
});
