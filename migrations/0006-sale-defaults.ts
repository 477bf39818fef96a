import type { Kysely } from "kysely";

/** What a shop's unmodified handler does not send, set once on its management token. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("management_tokens").addColumn("unique_by", "text").execute();
  await db.schema
    .alterTable("management_tokens")
    .addColumn("notify", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable("tokens")
    .addColumn("notify", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
}
