import { sql } from "kysely";
import type { Db } from "../../schema.ts";

/** Counts one more within the window, or begins a new window, in one statement; says the how manieth it is. */
export async function countRequest(db: Db, key: string, now: number, windowSeconds: number): Promise<number> {
  const isOver = sql<boolean>`login_failures.last_failed_at <= ${now - windowSeconds}`;
  const row = await db
    .insertInto("login_failures")
    .values({ key, failures: 1, last_failed_at: now })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet({
        failures: sql<number>`case when ${isOver} then 1 else login_failures.failures + 1 end`,
        last_failed_at: sql<number>`case when ${isOver} then ${now} else login_failures.last_failed_at end`,
      }),
    )
    .returning("failures")
    .executeTakeFirstOrThrow();
  return row.failures;
}
