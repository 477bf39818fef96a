import type { Insertable, Selectable } from "kysely";
import type { Db, NoticeTable } from "../../schema.ts";

export type NoticeRow = Selectable<NoticeTable>;

export async function insertNotice(db: Db, row: Insertable<NoticeTable>): Promise<void> {
  await db.insertInto("notices").values(row).execute();
}

/** The oldest first. */
export async function listNotices(db: Db, limit: number): Promise<NoticeRow[]> {
  return await db.selectFrom("notices").selectAll().orderBy("occurred_at").orderBy("id").limit(limit).execute();
}

export async function deleteNotices(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom("notices").where("id", "in", ids).execute();
}
