import type { Insertable, Selectable } from "kysely";
import type { Db, ManagementTokenTable } from "../../schema.ts";

export type ManagementTokenRow = Selectable<ManagementTokenTable>;

export async function insertManagementToken(db: Db, row: Insertable<ManagementTokenTable>): Promise<void> {
  await db.insertInto("management_tokens").values(row).execute();
}

/** Revoked and expired ones too: their holder is told so. */
export async function findManagementTokenByHash(db: Db, secretHash: string): Promise<ManagementTokenRow | undefined> {
  return await db.selectFrom("management_tokens").selectAll().where("secret_hash", "=", secretHash).executeTakeFirst();
}

export async function findManagementToken(db: Db, id: string): Promise<ManagementTokenRow | undefined> {
  return await db.selectFrom("management_tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function listManagementTokenRows(db: Db): Promise<ManagementTokenRow[]> {
  return await db.selectFrom("management_tokens").selectAll().orderBy("created_at").orderBy("id").execute();
}

/** True when this call is the one that revoked it. */
export async function markManagementTokenRevoked(db: Db, id: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable("management_tokens")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markManagementTokenUsed(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable("management_tokens").set({ last_used_at: now }).where("id", "=", id).execute();
}
