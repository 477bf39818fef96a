import type { Kysely } from "kysely";

/**
 * Secrets that were replaced, so that one goes on working for the time its holder needs to exchange it, and is told
 * "rotated" rather than "unknown" afterwards; and the indexes of the lists of the Management API.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("rotated_secrets")
    .addColumn("secret_hash", "text", (c) => c.primaryKey())
    .addColumn("token", "text", (c) => c.references("tokens.id"))
    .addColumn("management_token", "text", (c) => c.references("management_tokens.id"))
    .addColumn("last_four", "text", (c) => c.notNull())
    .addColumn("rotated_at", "bigint", (c) => c.notNull())
    .addColumn("ordinal", "integer", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addColumn("last_used_at", "bigint")
    .execute();
  await index(db, "rotated_secrets", ["token", "ordinal"]);
  await index(db, "rotated_secrets", ["management_token", "ordinal"]);
  await index(db, "management_tokens", ["shop", "created_at", "id"]);
  await index(db, "version_downloads", ["package"]);
  await index(db, "audit_events", ["action", "occurred_at"]);
  await index(db, "audit_events", ["actor_id", "occurred_at"]);
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join("_")}`)
    .on(table)
    .columns(columns)
    .execute();
}
