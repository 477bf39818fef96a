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

/** Takes back one that turned out to be none. */
export async function lowerLoginFailures(db: Db, key: string): Promise<void> {
  await db
    .updateTable("login_failures")
    .set({ failures: sql<number>`login_failures.failures - 1` })
    .where("key", "=", key)
    .where("failures", ">", 0)
    .execute();
}

export async function deleteLoginFailures(db: Db, key: string): Promise<void> {
  await db.deleteFrom("login_failures").where("key", "=", key).execute();
}

export async function deleteOldLoginFailures(db: Db, before: number): Promise<void> {
  await db.deleteFrom("login_failures").where("last_failed_at", "<", before).execute();
}
