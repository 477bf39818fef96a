import { SqliteAdapter, sql } from "kysely";
import type { Kysely } from "kysely";

/** The lists, searches and sums that the dashboard shows over all shops, each by an index of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter;
  await index(db, "tokens", ["created_at", "id"]);
  await index(db, "tokens", ["last_four"]);
  await index(db, "tokens", ["shop", "revoked_at", "expires_at"]);
  await index(db, "customers", ["created_at", "id"]);
  await index(db, "customers", ["shop", "created_at", "id"]);
  await index(db, "customers", ["customer_id"]);
  // The narrowest there is: counting customers reads it.
  await index(db, "customers", ["shop"]);
  await index(db, "grants", ["package_pattern"]);
  await index(db, "token_usage", ["hour"]);
  await index(db, "version_downloads", ["day"]);
  await index(db, "version_downloads", ["package", "day"]);
  await index(db, "audit_events", ["shop", "occurred_at", "id"]);
  await partialIndex(db, "grants", "order_id");
  await partialIndex(db, "audit_events", "request_id");
  await partialIndex(db, "tokens", "revoked_at");
  await createExpiryIndexes(db);
  await createPrefixIndexes(db, isSqlite);
  await createDailySums(db, isSqlite);
  await noteSyncs(db);
}

/** What a sync is doing, and of which commit a readme is. */
async function noteSyncs(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("sync_runs").addColumn("phase", "text").execute();
  await db.schema
    .alterTable("package_readmes")
    .addColumn("reference", "text", (c) => c.notNull().defaultTo(""))
    .execute();
}

/** Of what can expire still: revoked tokens are in none of these lists. */
async function createExpiryIndexes(db: Kysely<unknown>): Promise<void> {
  for (const columns of [
    ["expires_at", "id"],
    ["shop", "expires_at", "id"],
  ]) {
    await db.schema
      .createIndex(`tokens_unrevoked_by_${columns.join("_")}`)
      .on("tokens")
      .columns(columns)
      .where(sql.ref("revoked_at"), "is", null)
      .execute();
  }
}

/** The beginning of an address, byte by byte: PostgreSQL's own order of text depends on its locale. */
async function createPrefixIndexes(db: Kysely<unknown>, isSqlite: boolean): Promise<void> {
  const collation = isSqlite ? sql`collate binary` : sql`collate "C"`;
  await sql`create index customers_by_email_prefix on customers (lower(email ${collation}))`.execute(db);
  await sql`create index tokens_by_customer_email_prefix on tokens (customer_email ${collation})`.execute(db);
}

/** What is summed up over everybody, so that an overview reads a few rows; filled from what was counted so far. */
async function createDailySums(db: Kysely<unknown>, isSqlite: boolean): Promise<void> {
  await db.schema
    .createTable("usage_days")
    .addColumn("day", "bigint", (c) => c.notNull())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("requests", "bigint", (c) => c.notNull().defaultTo(0))
    .addColumn("downloads", "bigint", (c) => c.notNull().defaultTo(0))
    .addColumn("installs", "bigint", (c) => c.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("usage_days_pk", ["day", "shop"])
    .execute();
  await sql`
    insert into usage_days (day, shop, requests, downloads, installs)
    select day, shop, sum(requests), sum(downloads), sum(installs) from (
      select hour - hour % 86400 as day, tokens.shop as shop, requests, 0 as downloads, 0 as installs
        from token_usage join tokens on tokens.id = token_usage.token
      union all
      select day, tokens.shop as shop, 0 as requests, downloads, installs
        from version_downloads join tokens on tokens.id = version_downloads.token
    ) as counted group by day, shop`.execute(db);
  await db.schema
    .createTable("refusal_days")
    .addColumn("day", "bigint", (c) => c.notNull())
    .addColumn("surface", "text", (c) => c.notNull())
    .addColumn("problem", "text", (c) => c.notNull())
    .addColumn("count", "bigint", (c) => c.notNull())
    .addColumn("last_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("refusal_days_pk", ["day", "surface", "problem"])
    .execute();
  const detail = (name: string) =>
    isSqlite
      ? sql`json_extract(details, ${sql.lit(`$.after.${name}`)})`
      : sql`(details::json -> 'after' ->> ${sql.lit(name)})`;
  const number = (name: string) => sql`cast(${detail(name)} as bigint)`;
  await sql`
    insert into refusal_days (day, surface, problem, count, last_at)
    select day, surface, problem, sum(count), max(last_at) from (
      select ${number("last_at")} - ${number("last_at")} % 86400 as day, ${detail("surface")} as surface,
        target_id as problem, ${number("count")} as count, ${number("last_at")} as last_at
        from audit_events where action = 'credential.refused'
    ) as refused group by day, surface, problem`.execute(db);
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join("_")}`)
    .on(table)
    .columns(columns)
    .execute();
}

async function partialIndex(db: Kysely<unknown>, table: string, column: string): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${column}`)
    .on(table)
    .columns([column])
    .where(sql.ref(column), "is not", null)
    .execute();
}
