import type { Insertable } from "kysely";
import type { AttentionEntryTable, Db } from "../../schema.ts";

/** One that is open already is counted; one that was dismissed is open again. */
export async function insertOrCountEntry(db: Db, row: Insertable<AttentionEntryTable>): Promise<void> {
  await db
    .insertInto("attention_entries")
    .values(row)
    .onConflict((conflict) =>
      conflict.column("cause").doUpdateSet((e) => ({
        times: e("attention_entries.times", "+", 1),
        details: row.details,
        last_at: row.last_at,
        dismissed_at: null,
        dismissed_by: null,
      })),
    )
    .execute();
}
