import type { Insertable, Selectable } from "kysely";
import type { Db, PasskeyTable } from "../../schema.ts";

export type PasskeyRow = Selectable<PasskeyTable>;

/** The oldest first. */
export async function listPasskeyRows(db: Db, user: string): Promise<PasskeyRow[]> {
  return await db
    .selectFrom("passkeys")
    .selectAll()
    .where("user", "=", user)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

export async function findPasskeyRow(db: Db, user: string, id: string): Promise<PasskeyRow | undefined> {
  return await db.selectFrom("passkeys").selectAll().where("id", "=", id).where("user", "=", user).executeTakeFirst();
}

/** By what the browser knows it by. */
export async function findPasskeyByCredential(db: Db, credentialId: string): Promise<PasskeyRow | undefined> {
  return await db.selectFrom("passkeys").selectAll().where("credential_id", "=", credentialId).executeTakeFirst();
}

/** False when the credential is registered already. The number of the user's passkeys is the caller's to keep. */
export async function insertPasskeyIfNew(db: Db, row: Insertable<PasskeyTable>): Promise<boolean> {
  const result = await db
    .insertInto("passkeys")
    .values(row)
    .onConflict((conflict) => conflict.column("credential_id").doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function renamePasskeyRow(db: Db, id: string, name: string): Promise<void> {
  await db.updateTable("passkeys").set({ name }).where("id", "=", id).execute();
}

export async function deletePasskeyRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom("passkeys").where("id", "=", id).execute();
}

export async function setPasskeyCount(db: Db, user: string, passkeys: number, now: number): Promise<void> {
  await db.updateTable("users").set({ passkeys, updated_at: now }).where("id", "=", user).execute();
}

/** False where another use of it was counted since it was read, or it was removed. */
export async function markPasskeyUsed(
  db: Db,
  row: Pick<PasskeyRow, "id" | "counter">,
  use: { counter: number; now: number },
): Promise<boolean> {
  const result = await db
    .updateTable("passkeys")
    .set({ counter: use.counter, last_used_at: use.now })
    .where("id", "=", row.id)
    .where("counter", "=", row.counter)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
