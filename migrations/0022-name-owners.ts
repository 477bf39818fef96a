import { sql } from "kysely";
import type { Kysely } from "kysely";

/** How the reason of such a ref began when this was written; the owner's id followed. */
const OTHER_OWNER = "the package belongs to another source: ";

/** Whose name a skipped ref asks for, so that its source is read as soon as the name is free. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("source_refs").addColumn("owned_by", "text").execute();
  await sql`update source_refs set owned_by = substr(skipped_reason, ${sql.lit(OTHER_OWNER.length + 1)})
    where skipped_reason like ${sql.lit(`${OTHER_OWNER}src\\_%`)} escape '\\'`.execute(db);
  await db.schema
    .createIndex("source_refs_by_owned_by")
    .on("source_refs")
    .column("owned_by")
    .where(sql.ref("owned_by"), "is not", null)
    .execute();
}
