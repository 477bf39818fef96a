import type { Insertable } from "kysely";
import type { Db, LeakOutcome, LeakedSecretTable } from "../../schema.ts";

/** False where this secret was reported before. */
export async function insertLeakIfNew(db: Db, row: Insertable<LeakedSecretTable>): Promise<boolean> {
  const result = await db
    .insertInto("leaked_secrets")
    .values(row)
    .onConflict((conflict) => conflict.column("secret_hash").doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function setLeakOutcome(db: Db, secretHash: string, outcome: LeakOutcome): Promise<void> {
  await db.updateTable("leaked_secrets").set({ outcome }).where("secret_hash", "=", secretHash).execute();
}
