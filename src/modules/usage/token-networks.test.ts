import { describe, expect, test } from "vitest";
import { createLogger } from "../../platform/log/logger.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { TEST_CIPHER, insertTokens } from "../../testing/usage.ts";
import { createUsage, readTokenNetworks } from "./index.ts";
import { RecentNetworks } from "./recent-networks.ts";

const DAY = 86_400;
const NOON = 20_000 * DAY + 43_200;
const CI = "Composer/2.8.1 (Linux; 6.1.0; PHP 8.3.6; cURL 8.5.0; CI)";
const CI_WITH_COMMAND = "Composer/2.9.1 (Linux; 6.1.0; PHP 8.3.6; cURL 8.5.0; CI; cmd:install)";
const DEVELOPER = "Composer/2.8.1 (Linux; 6.1.0; PHP 8.3.6; cURL 8.5.0)";

async function setUp(engine: (typeof testEngines)[number], limits = {}) {
  const stack = new AsyncDisposableStack();
  const { database } = stack.use(await createTestDatabase(engine));
  await insertTokens(database, ["token_a", "token_b"]);
  const clock = createTestClock(NOON);
  const logger = createLogger("silent", { write: () => undefined });
  const open = () => createUsage({ database, clock, logger, cipher: TEST_CIPHER }, limits);
  const usage = open();
  return {
    ...{ database, clock, usage, open },
    use: (address: string, userAgent?: string, token = "token_a") => usage.countRequest(token, { address, userAgent }),
    async counts(token = "token_a") {
      await usage.flush();
      return await readTokenNetworks(database.db, token, Math.floor(clock.nowMs() / 1000));
    },
    rows: () => database.db.selectFrom("token_networks").selectAll().execute(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(testEngines)("the networks of a token on %s", (engine) => {
  test("are counted once each, by day and over days, those of continuous integration apart", async () => {
    await using bench = await setUp(engine);
    for (const address of ["203.0.113.7", "203.0.113.8", "198.51.100.1", "2001:db8:1::1"])
      bench.use(address, DEVELOPER);
    for (const userAgent of [CI, CI_WITH_COMMAND]) bench.use(`192.0.2.${userAgent.length}`, userAgent);
    bench.use("198.51.100.1", undefined, "token_b");
    const today = {
      networks: { today: 4, last_7_days: 4, last_30_days: 4 },
      ci_networks: { today: 1, last_7_days: 1 },
    };
    expect(await bench.counts()).toMatchObject(today);
    bench.clock.advanceSeconds(6 * DAY);
    bench.use("203.0.113.9");
    bench.use("100.64.0.1");
    expect(await bench.counts()).toMatchObject({ networks: { today: 2, last_7_days: 5, last_30_days: 5 } });
    bench.clock.advanceSeconds(DAY);
    expect(await bench.counts()).toMatchObject({ networks: { today: 0, last_7_days: 2, last_30_days: 5 } });
    expect(await bench.counts("token_b")).toMatchObject({ networks: { last_7_days: 0, last_30_days: 1 } });
  });

  test("stop being continuous integration's alone with the first that is not, whoever writes last", async () => {
    await using bench = await setUp(engine);
    bench.use("192.0.2.1", CI);
    expect(await bench.counts()).toMatchObject({ networks: { today: 1 }, ci_networks: { today: 1 } });
    bench.use("192.0.2.1", DEVELOPER);
    expect(await bench.counts()).toMatchObject({ networks: { today: 1 }, ci_networks: { today: 0 } });
    const late = bench.open();
    late.countRequest("token_a", { address: "192.0.2.1", userAgent: CI });
    await late.flush();
    expect(await bench.counts()).toMatchObject({ networks: { today: 1 }, ci_networks: { today: 0 } });
    expect(await bench.rows()).toHaveLength(1);
  });

  test("are stored as keyed hashes: no address is there, and two tokens of one network do not show it", async () => {
    await using bench = await setUp(engine);
    bench.use("203.0.113.7");
    bench.use("203.0.113.7", undefined, "token_b");
    await bench.usage.flush();
    const rows = await bench.rows();
    expect(new Set(rows.map(({ network }) => network)).size).toBe(2);
    for (const { network } of rows) expect(network).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(rows)).not.toContain("203.0");
  });

  test("are 256 a day at most, in memory and in the table, also after a restart", async () => {
    await using bench = await setUp(engine);
    for (let network = 0; network < 400; network++) bench.use(`10.${network >> 8}.${network & 255}.1`);
    expect(await bench.counts()).toMatchObject({ networks: { today: 256 } });
    const again = bench.open();
    for (let network = 400; network < 500; network++) {
      again.countRequest("token_a", { address: `10.${network >> 8}.${network & 255}.1`, userAgent: undefined });
    }
    await again.flush();
    expect(await bench.counts()).toMatchObject({ networks: { today: 256 } });
  });

  test("cost one note each: a warm request, and one that was forgotten meanwhile, change nothing", async () => {
    await using bench = await setUp(engine, { entriesMax: 4 });
    for (let round = 0; round < 3; round++) {
      for (const token of ["token_a", "token_b"]) {
        for (const address of ["203.0.113.7", "198.51.100.1", "192.0.2.1"]) bench.use(address, undefined, token);
      }
    }
    expect(await bench.counts()).toMatchObject({ networks: { today: 3 } });
    expect(await bench.rows()).toHaveLength(6);
    const recent = new RecentNetworks();
    expect(recent.note("token_a", "203.0.113.7", undefined, 1)).toEqual({ network: "203.0.113.0", ciOnly: false });
    for (const address of ["203.0.113.7", "203.0.113.8", "203.0.113.7"]) {
      expect(recent.note("token_a", address, undefined, 1)).toBeUndefined();
    }
    expect(recent.note("token_a", "203.0.113.7", undefined, 2)).toBeDefined();
  });
});
