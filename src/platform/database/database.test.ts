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

// Otherwise a revocation that met another change of the same is a 500, which many shops never look at.
test("of two transactions that wait for each other on PostgreSQL both are stored, and told of once", async () => {
  await using test = await createTestDatabase("postgres");
  const { database } = test;
  for (const name of ["a", "b"]) await database.db.insertInto("shops").values({ name, created_at: 0 }).execute();
  const told: string[] = [];
  database.changes.subscribe((topic) => told.push(topic));
  let begun = 0;
  let holding = 0;
  const both = Promise.withResolvers<undefined>();
  const raise = (names: [string, string]) =>
    database.transaction(async (trx, changed) => {
      begun++;
      for (const name of names) {
        const query = trx.updateTable("shops").set((e) => ({ created_at: e("created_at", "+", 1) }));
        await query.where("name", "=", name).execute();
        changed(names.join());
        // Each holds its first row before either asks for its second: only then do they wait for each other.
        holding++;
        if (holding === 2) both.resolve(undefined);
        await both.promise;
      }
      return names.join();
    });
  expect(await Promise.all([raise(["a", "b"]), raise(["b", "a"])])).toEqual(["a,b", "b,a"]);
  expect(begun).toBe(3);
  expect(told.toSorted()).toEqual(["a,b", "b,a"]);
  const rows = await database.db.selectFrom("shops").select(["name", "created_at"]).orderBy("name").execute();
  expect(rows).toEqual([
    { name: "a", created_at: 2 },
    { name: "b", created_at: 2 },
  ]);
});

test("a transaction that PostgreSQL gives up again and again is given up in the end", async () => {
  await using test = await createTestDatabase("postgres");
  let begun = 0;
  const givenUp = Object.assign(new Error("deadlock detected"), { code: "40P01" });
  const work = () => {
    begun++;
    return Promise.reject(new Error("wrapped", { cause: givenUp }));
  };
  await expect(test.database.transaction(work)).rejects.toThrow("wrapped");
  expect(begun).toBe(5);
  await expect(test.database.transaction(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("the embedded database syncs every commit to disk before it is answered", async () => {
  await using test = await createTestDatabase("sqlite");
  const { sql } = await import("kysely");
  const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(test.database.db);
  const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(test.database.db);
  expect([synchronous.rows[0]?.synchronous, journal.rows[0]?.journal_mode]).toEqual([2, "wal"]);
});
