import { describe, expect, test } from "vitest";
import { createTestClock } from "../../testing/clock.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { keepUsageSmall } from "./usage-upkeep.ts";

const DAY = 86_400;

describe.each(testEngines)("the upkeep of usage on %s", (engine) => {
  test("turns hours older than 90 days into days, whoever else does it too, and every report stays the same", async () => {
    await using server = await startTestServer(engine);
    const { database, logger } = server.core;
    const shop = await server.createManagementToken({ scopes: ["tokens:read", "tokens:write", "usage:read"] });
    const [one, other] = [await sellToken(server, shop), await sellToken(server, shop)];
    const now = Math.floor(server.clock.nowMs() / 1000);
    const today = now - (now % DAY);
    const rows = [];
    const sums = new Map<number, number>();
    for (let ago = 0; ago < 100; ago++) {
      for (const [index, token] of [one.id, other.id].entries()) {
        for (const hour of [0, 5, 23]) {
          const requests = 1 + ((ago + hour + index) % 7);
          const day = today - ago * DAY;
          rows.push({ token, hour: day + hour * 3600, requests, downloads: 1 });
          sums.set(day, (sums.get(day) ?? 0) + requests);
        }
      }
    }
    await database.db.insertInto("token_usage").values(rows).execute();
    const days = [...sums].map(([day, requests]) => ({ day, shop: "default", requests, downloads: 0, installs: 0 }));
    await database.db.insertInto("usage_days").values(days).execute();
    const span = `from=${today - 99 * DAY}&to=${now}`;
    const reports = async () => {
      const texts: string[] = [];
      for (const query of ["", "&group_by=token", "&group_by=customer", `&token_id=${one.id}`]) {
        texts.push((await server.api("GET", `/api/usage?${span}${query}`, shop)).text);
      }
      const { usage } = (await server.api("GET", `/api/tokens/${one.id}`, shop)).json() as { usage: object };
      return [...texts, JSON.stringify(usage)];
    };
    const before = await reports();
    const upkeep = () => keepUsageSmall({ database, clock: server.clock, logger });
    await Promise.all([upkeep(), upkeep()]);
    expect(await reports()).toEqual(before);
    const kept = await database.db.selectFrom("token_usage").select("hour").execute();
    const old = kept.filter(({ hour }) => hour < today - 90 * DAY);
    expect(old).toHaveLength(2 * 9);
    expect(old.every(({ hour }) => hour % DAY === 0)).toBe(true);
    expect(kept.length - old.length).toBe(91 * 2 * 3);
    // Nothing more to do, and nothing changes.
    await upkeep();
    expect(await reports()).toEqual(before);
  });

  test("forgets networks after 31 days, and batches after a week", async () => {
    await using server = await startTestServer(engine);
    const { database, logger } = server.core;
    const shop = await server.createManagementToken({ scopes: ["tokens:write"] });
    const { id: token } = await sellToken(server, shop);
    const now = Math.floor(server.clock.nowMs() / 1000);
    const today = now - (now % DAY);
    const network = (ago: number) => ({ token, day: today - ago * DAY, network: `n${ago}`, ci_only: 0 });
    await database.db
      .insertInto("token_networks")
      .values([network(0), network(29), network(31), network(500)])
      .execute();
    await database.db
      .insertInto("usage_flushes")
      .values([
        { id: "flush_old", written_at: now - 8 * DAY },
        { id: "flush_new", written_at: now - 6 * DAY },
      ])
      .execute();
    await keepUsageSmall({ database, clock: createTestClock(now), logger });
    const days = await database.db.selectFrom("token_networks").select("network").orderBy("day").execute();
    expect(days).toEqual([{ network: "n29" }, { network: "n0" }]);
    const flushes = await database.db.selectFrom("usage_flushes").select("id").execute();
    expect(flushes.map(({ id }) => id)).toContain("flush_new");
    expect(flushes.map(({ id }) => id)).not.toContain("flush_old");
  });
});
