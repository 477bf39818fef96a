import type { Kysely } from "kysely";

/** What a sync remarks on a source besides its versions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("sources").addColumn("hints", "text").execute();
}
