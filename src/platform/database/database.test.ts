import { describe, expect, test } from "vitest";
import { openDatabase } from "./index.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { Schema } from "../../schema.ts";

describe.each(testEngines)("the database on %s", (engine) => {
  const shop = (name: string) => ({ name, created_at: 1 });

  // Otherwise a failing request leaves half of its effect behind.
  test("a transaction that throws leaves nothing and tells of no change", async () => {
    await using test = await createTestDatabase(engine);
    const told: string[] = [];
    test.database.changes.subscribe((topic) => told.push(topic));
    await expect(
      test.database.transaction(async (trx, changed) => {
        await trx.insertInto("shops").values(shop("a")).execute();
        changed("access");
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await test.database.db.selectFrom("shops").selectAll().execute()).toEqual([]);
    expect(told).toEqual([]);
  });

  // Immediate revocation rests on this: a cache is emptied before the caller gets its answer.
  test("a committed change is told to this process before the call returns", async () => {
    await using test = await createTestDatabase(engine);
    const told: string[] = [];
    test.database.changes.subscribe((topic) => told.push(topic));
    await test.database.transaction(async (trx, changed) => {
      await trx.insertInto("shops").values(shop("a")).execute();
      changed("access:1");
      expect(told).toEqual([]);
    });
    expect(told).toEqual(["access:1"]);
  });

  // The command line beside a running server, or a second instance.
  test("a change committed by another process is told", async () => {
    await using test = await createTestDatabase(engine);
    const { promise, resolve } = Promise.withResolvers<string>();
    const settled = Promise.withResolvers<undefined>();
    test.database.changes.subscribe((topic) => {
      settled.resolve(undefined);
      resolve(topic);
    });
    test.database.watchOtherProcesses();
    const other = openDatabase<Schema>({
      url: "databaseUrl" in test.location ? test.location.databaseUrl : undefined,
      sqliteFile: "dataDir" in test.location ? `${test.location.dataDir}/package-broker.db` : "",
      onError: () => undefined,
    });
    await other.transaction(async (trx, changed) => {
      await trx.insertInto("shops").values(shop("b")).execute();
      changed("access:2");
    });
    await other.close();
    await settled.promise;
    expect(["access:2", "*"]).toContain(await promise);
  });

  test("counts and times are numbers", async () => {
    await using test = await createTestDatabase(engine);
    await test.database.db.insertInto("shops").values({ name: "a", created_at: 1_735_689_600_000 }).execute();
    const row = await test.database.db.selectFrom("shops").selectAll().executeTakeFirstOrThrow();
    expect(row.created_at).toBe(1_735_689_600_000);
  });
});

test("the embedded database syncs every commit to disk before it is answered", async () => {
  await using test = await createTestDatabase("sqlite");
  const { sql } = await import("kysely");
  const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(test.database.db);
  const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(test.database.db);
  expect([synchronous.rows[0]?.synchronous, journal.rows[0]?.journal_mode]).toEqual([2, "wal"]);
});
