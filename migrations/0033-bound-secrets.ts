import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * Whether stored secrets are bound to where they may go (decision 0034), which one start does once; and what was
 * reported as found in public (decision 0045).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("secret_bindings")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("bound_at", "bigint", (column) => column.notNull())
    .addCheckConstraint("secret_bindings_one_row", sql`id = 1`)
    .execute();
  await db.schema
    .createTable("leaked_secrets")
    .addColumn("secret_hash", "text", (column) => column.primaryKey())
    .addColumn("token", "text", (column) => column.references("tokens.id"))
    .addColumn("management_token", "text", (column) => column.references("management_tokens.id"))
    .addColumn("last_four", "text", (column) => column.notNull())
    .addColumn("source", "text")
    .addColumn("url", "text")
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("reported_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("leaked_secrets_token").on("leaked_secrets").column("token").execute();
}
