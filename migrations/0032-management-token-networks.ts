import type { Kysely } from "kysely";

/** Where a management token may be used from, where it was last, and of which end it was told that it comes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("management_tokens").addColumn("allowed_networks", "text").execute();
  await db.schema.alterTable("management_tokens").addColumn("last_used_address", "text").execute();
  await db.schema.alterTable("management_tokens").addColumn("expiry_told", "bigint").execute();
}
