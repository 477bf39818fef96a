import type { Kysely } from "kysely";

/**
 * Which branches of a source its vendor offers, how many that leaves out, and how stable what a management token sells
 * is. Null is what there was before: all branches, every stability.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("sources").addColumn("branches", "text").execute();
  await db.schema
    .alterTable("sources")
    .addColumn("left_out_branches", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable("management_tokens").addColumn("stability", "text").execute();
}
