import type { Kysely } from "kysely";

/** Which writer made a stored archive, and out of which tags: what it takes to make the same bytes again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // What is stored already, and what the old release stores while this runs, is the zip of git archive.
  await db.schema
    .alterTable("archives")
    .addColumn("form", "text", (c) => c.notNull().defaultTo("git-flat"))
    .execute();
  await db.schema.alterTable("archives").addColumn("tags", "text").execute();
}
