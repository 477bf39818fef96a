import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/database.ts";
import { PageSize, giveWay } from "./turns.ts";

/** Goes on until somebody else's timer came three times: for ever, where nobody gets a turn. */
async function untilOthersHadTurns(step: () => Promise<unknown>): Promise<void> {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  while (turns < 3) await step();
  clearInterval(timer);
}

// Awaiting SQLite lets nobody else run: ten thousand versions were published in one turn of the event loop.
test("a long transaction of the embedded database lets others have their turns, and nobody else write in it", async () => {
  await using stack = new AsyncDisposableStack();
  const { database } = stack.use(await createTestDatabase("sqlite"));
  await sql`create table numbers (n integer)`.execute(database.db);
  let written = 0;
  let seen: number | undefined;
  await database.transaction(async (trx) => {
    await untilOthersHadTurns(() => sql`insert into numbers values (${written++})`.execute(trx));
    void sql<{ count: number }>`select count(*) as count from numbers`
      .execute(database.db)
      .then(({ rows }) => (seen = rows[0]?.count));
    await untilOthersHadTurns(() => sql`insert into numbers values (${written++})`.execute(trx));
    expect(seen).toBeUndefined();
  });
  const { rows } = await sql<{ count: number }>`select count(*) as count from numbers`.execute(database.db);
  expect(rows).toEqual([{ count: written }]);
  expect(seen).toBe(written);
});

test("a loop that gives way lets others have their turns, one that has just begun does not wait", async () => {
  await untilOthersHadTurns(async () => await giveWay());
  await setTimeout(1);
  expect(giveWay()).toBeUndefined();
});

test("pages grow while they are quick, up to a bound, and shrink to one row when they are slow", async () => {
  const size = new PageSize(64);
  for (let page = 0; page < 5; page++) await size.measure(() => Promise.resolve());
  expect(size.rows).toBe(64);
  for (let page = 0; page < 8; page++) await size.measure(() => setTimeout(20));
  expect(size.rows).toBe(1);
});
