import type { Kysely } from "kysely";

/** What narrows a token to a part of what its customer reads. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("token_scopes")
    .addColumn("token", "text", (c) => c.notNull().references("tokens.id"))
    .addColumn("package_pattern", "text", (c) => c.notNull())
    .addColumn("position", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("token_scopes_pkey", ["token", "package_pattern"])
    .execute();
  await db.schema
    .createIndex("token_scopes_by_package_pattern")
    .on("token_scopes")
    .columns(["package_pattern", "token"])
    .execute();
}
