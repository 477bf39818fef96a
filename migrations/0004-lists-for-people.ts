import type { Kysely } from "kysely";

/** The lists and sums that the dashboard shows over all shops, each by an index of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await index(db, "tokens", ["created_at", "id"]);
  await index(db, "tokens", ["last_four"]);
  await index(db, "customers", ["created_at", "id"]);
  await index(db, "customers", ["customer_id"]);
  await index(db, "grants", ["package_pattern"]);
  await index(db, "token_usage", ["hour"]);
  await index(db, "version_downloads", ["day"]);
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join("_")}`)
    .on(table)
    .columns(columns)
    .execute();
}
