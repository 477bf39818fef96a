import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { Db, LoginFailureTable } from "../../schema.ts";

export type LoginFailureRow = Selectable<LoginFailureTable>;

/** The row of a key, held until the transaction ends; made when there is none, because there must be one to hold. */
export async function lockLoginFailures(db: Db, key: string, now: number): Promise<LoginFailureRow> {
  return await db
    .insertInto("login_failures")
    .values({ key, failures: 0, last_failed_at: now })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ failures: sql<number>`login_failures.failures` }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function setLoginFailures(db: Db, key: string, failures: number, now: number): Promise<void> {
  await db.updateTable("login_failures").set({ failures, last_failed_at: now }).where("key", "=", key).execute();
}

/** Takes back one that turned out to be none, and its time with it, unless another one failed since. */
export async function takeBackLoginFailure(db: Db, before: LoginFailureRow, countedAt: number): Promise<void> {
  const isLatest = sql<boolean>`login_failures.last_failed_at = ${countedAt}`;
  await db
    .updateTable("login_failures")
    .set({
      failures: sql<number>`login_failures.failures - 1`,
      last_failed_at: sql<number>`case when ${isLatest} then cast(${before.last_failed_at} as bigint) else login_failures.last_failed_at end`,
    })
    .where("key", "=", before.key)
    .where("failures", ">", 0)
    .execute();
}

/** A row in which nothing failed says nothing but that somebody was here. */
export async function deleteIfNoneFailed(db: Db, keys: readonly string[]): Promise<void> {
  await db.deleteFrom("login_failures").where("key", "in", keys).where("failures", "<=", 0).execute();
}

export async function deleteLoginFailures(db: Db, keys: readonly string[]): Promise<void> {
  await db.deleteFrom("login_failures").where("key", "in", keys).execute();
}

/** All whose keys begin so; `prefix` holds no wildcard. */
export async function deleteLoginFailuresOf(db: Db, prefix: string): Promise<void> {
  await db.deleteFrom("login_failures").where("key", "like", `${prefix}%`).execute();
}

/** Few failures count for a shorter time: whoever invents addresses leaves a row for each. */
export async function deleteOldLoginFailures(
  db: Db,
  before: { any: number; few: number },
  fewerThan: number,
): Promise<void> {
  await db
    .deleteFrom("login_failures")
    .where((where) =>
      where.or([
        where("last_failed_at", "<", before.any),
        where.and([where("failures", "<", fewerThan), where("last_failed_at", "<", before.few)]),
      ]),
    )
    .execute();
}
