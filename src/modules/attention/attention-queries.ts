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

const IDS_AT_ONCE = 500;

/** What was open about these subjects is over by itself; in the transaction of what ended it. */
export async function closeEntriesAbout(
  db: Db,
  { kind, subject, ids }: { kind: string; subject: string; ids: readonly string[] },
  now: number,
): Promise<void> {
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    await db
      .updateTable("attention_entries")
      .set({ dismissed_at: now, dismissed_by: null })
      .where("subject_kind", "=", subject)
      .where("subject_id", "in", ids.slice(start, start + IDS_AT_ONCE))
      .where("kind", "=", kind)
      .where("dismissed_at", "is", null)
      .execute();
  }
}

/** What is about a customer (`customers.id`) or one of these tokens. */
export async function deleteEntriesAbout(
  db: Db,
  { customer, tokens }: { customer: string | null; tokens: readonly string[] },
): Promise<void> {
  if (customer !== null) await db.deleteFrom("attention_entries").where("customer", "=", customer).execute();
  for (let start = 0; start < tokens.length; start += IDS_AT_ONCE) {
    await db
      .deleteFrom("attention_entries")
      .where("subject_kind", "=", "token")
      .where("subject_id", "in", tokens.slice(start, start + IDS_AT_ONCE))
      .execute();
  }
}
