import type { Db } from "../../schema.ts";

export async function renameUser(db: Db, id: string, name: string): Promise<void> {
  await db.updateTable("users").set({ name }).where("id", "=", id).execute();
}
