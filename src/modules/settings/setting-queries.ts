import type { Db } from "../../schema.ts";

export interface SettingRow {
  name: string;
  /** JSON. */
  value: string;
}

export async function listSettingRows(db: Db): Promise<SettingRow[]> {
  return await db.selectFrom("settings").select(["name", "value"]).execute();
}

/** Whoever else changes it meanwhile waits for the end of this transaction. */
export async function upsertSetting(db: Db, row: SettingRow & { updated_at: number }): Promise<void> {
  await db
    .insertInto("settings")
    .values(row)
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: row.value, updated_at: row.updated_at }))
    .execute();
}

export async function deleteSetting(db: Db, name: string): Promise<void> {
  await db.deleteFrom("settings").where("name", "=", name).execute();
}
