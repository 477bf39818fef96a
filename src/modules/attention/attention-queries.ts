import type { Insertable } from "kysely";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
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

interface About {
  kind: string;
  subject: string;
}

/** What nobody dismissed about one subject. */
export async function listOpenEntriesAbout(
  db: Db,
  { kind, subject, id }: About & { id: string },
): Promise<{ id: string; details: string }[]> {
  return await selectOpen(db, { kind, subject }).where("subject_id", "=", id).select(["id", "details"]).execute();
}

/** How many are open about each subject; one that is not in the answer has none. */
export async function countOpenEntriesPerSubject(db: Db, about: About, id?: string): Promise<Map<string, number>> {
  const rows = await selectOpen(db, about)
    .select((e) => ["subject_id", e.fn.countAll<number>().as("count")])
    .$if(id !== undefined, (query) => query.where("subject_id", "=", id ?? ""))
    .groupBy("subject_id")
    .execute();
  return new Map(rows.map((row) => [row.subject_id, row.count]));
}

function selectOpen(db: Db, { kind, subject }: About) {
  return db
    .selectFrom("attention_entries")
    .where("subject_kind", "=", subject)
    .where("kind", "=", kind)
    .where("dismissed_at", "is", null);
}

/** These are over by themselves; in the transaction of what ended them. */
export async function closeEntries(deps: { clock: Clock }, db: Db, ids: readonly string[]): Promise<void> {
  const closed = { dismissed_at: nowSeconds(deps.clock), dismissed_by: null };
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const some = ids.slice(start, start + IDS_AT_ONCE);
    await db.updateTable("attention_entries").set(closed).where("id", "in", some).execute();
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
