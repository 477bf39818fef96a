import { sql } from "kysely";
import type { CreateTableBuilder, Kysely } from "kysely";

type Table = CreateTableBuilder<string, string>;

/** Shops, customers, tokens and grants: who may read what. */
async function createAccessTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("shops")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("customers")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("customer_id", "text", (c) => c.notNull())
    .addColumn("email", "text")
    .$call(timestamps)
    .addColumn("erased_at", "bigint")
    .addUniqueConstraint("customers_shop_customer_id", ["shop", "customer_id"])
    .execute();
  await index(db, "customers", ["email"]);
  await db.schema
    .createTable("tokens")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("customer", "text", (c) => c.references("customers.id"))
    .addColumn("secret_hash", "text", (c) => c.notNull().unique())
    .addColumn("last_four", "text", (c) => c.notNull())
    .addColumn("description", "text", (c) => c.notNull())
    .addColumn("permissions", "text", (c) => c.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("rate_limit_max", "bigint")
    .addColumn("metadata", "text", (c) => c.notNull())
    .addColumn("order_id", "text")
    .addColumn("customer_email", "text")
    .addColumn("access", "text", (c) => c.notNull())
    .addColumn("unique_order_id", "text")
    .addColumn("created_by", "text", (c) => c.notNull())
    .$call(timestamps)
    .addColumn("revoked_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addUniqueConstraint("tokens_shop_unique_order_id", ["shop", "unique_order_id"])
    .execute();
  await index(db, "tokens", ["customer"]);
  await index(db, "tokens", ["shop", "created_at", "id"]);
  await index(db, "tokens", ["order_id"]);
  await index(db, "tokens", ["customer_email"]);
  await db.schema
    .createTable("grants")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("token", "text", (c) => c.references("tokens.id"))
    .addColumn("customer", "text", (c) => c.references("customers.id"))
    .addColumn("package_pattern", "text", (c) => c.notNull())
    .addColumn("version_constraint", "text")
    .addColumn("stability", "text")
    .addColumn("updates_until", "bigint")
    .addColumn("starts_at", "bigint")
    .addColumn("expires_at", "bigint")
    .addColumn("order_id", "text")
    .addColumn("line", "text")
    .addColumn("occurred_at", "bigint")
    .$call(timestamps)
    .addColumn("revoked_at", "bigint")
    .addCheckConstraint("grants_one_holder", sql`(token is null) <> (customer is null)`)
    .execute();
  await index(db, "grants", ["token"]);
  await index(db, "grants", ["customer", "order_id", "line"]);
}

async function createManagementTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("management_tokens")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("secret_hash", "text", (c) => c.notNull().unique())
    .addColumn("last_four", "text", (c) => c.notNull())
    .addColumn("scopes", "text", (c) => c.notNull())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("package_bound", "text")
    .addColumn("expires_at", "bigint")
    .addColumn("created_by", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("revoked_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .execute();
  await db.schema
    .createTable("idempotency_keys")
    .addColumn("management_token", "text", (c) => c.notNull().references("management_tokens.id"))
    .addColumn("method", "text", (c) => c.notNull())
    .addColumn("path", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("body_hash", "text", (c) => c.notNull())
    .addColumn("status", "integer", (c) => c.notNull())
    .addColumn("sealed_answer", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("idempotency_keys_pk", ["management_token", "method", "path", "key"])
    .execute();
  await index(db, "idempotency_keys", ["expires_at"]);
}

/** Sources and what was read from them. */
async function createSourceTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("sources")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("url", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("filters", "text", (c) => c.notNull())
    .addColumn("username", "text")
    .addColumn("sealed_password", "text")
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("state_detail", "text")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("synced_at", "bigint")
    .addColumn("next_sync_at", "bigint", (c) => c.notNull())
    .addColumn("claimed_by", "text")
    .addColumn("claimed_until", "bigint")
    .addColumn("reading_key", "text")
    .addColumn("removed_at", "bigint")
    .execute();
  await index(db, "sources", ["next_sync_at"]);
  await db.schema
    .createTable("sync_runs")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("source", "text", (c) => c.notNull().references("sources.id"))
    .addColumn("started_at", "bigint", (c) => c.notNull())
    .addColumn("finished_at", "bigint")
    .addColumn("outcome", "text")
    .addColumn("detail", "text")
    .$call(counts(["refs_total", "refs_read", "versions_published", "versions_withdrawn", "refs_skipped"]))
    .execute();
  await index(db, "sync_runs", ["source", "started_at"]);
}

/** Packages, their versions and archives: what there is to read. */
async function createPackageTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("packages")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("source", "text", (c) => c.references("sources.id"))
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addColumn("description", "text")
    .addColumn("type", "text")
    .addColumn("abandoned", "text")
    .$call(timestamps)
    .execute();
  await index(db, "packages", ["source"]);
  await db.schema
    .createTable("versions")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("package", "text", (c) => c.notNull().references("packages.id"))
    .addColumn("version", "text", (c) => c.notNull())
    .addColumn("version_normalized", "text", (c) => c.notNull())
    .addColumn("stability", "text", (c) => c.notNull())
    .addColumn("is_dev", "integer", (c) => c.notNull())
    .addColumn("reference", "text", (c) => c.notNull())
    .addColumn("metadata", "text", (c) => c.notNull())
    .addColumn("time", "bigint", (c) => c.notNull())
    .addColumn("released_at", "bigint", (c) => c.notNull())
    .addColumn("shasum", "text", (c) => c.notNull())
    .addColumn("source", "text", (c) => c.notNull().references("sources.id"))
    .addColumn("source_ref", "text", (c) => c.notNull())
    .addColumn("published_at", "bigint", (c) => c.notNull())
    .addColumn("withdrawn_at", "bigint")
    .execute();
  await index(db, "versions", ["package", "reference"]);
  await index(db, "versions", ["source"]);
  await db.schema
    .createTable("archives")
    .addColumn("package", "text", (c) => c.notNull().references("packages.id"))
    .addColumn("reference", "text", (c) => c.notNull())
    .addColumn("sha1", "text", (c) => c.notNull())
    .addColumn("size_bytes", "bigint", (c) => c.notNull())
    .addColumn("blob_key", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("archives_pk", ["package", "reference"])
    .execute();
  await db.schema
    .createTable("source_refs")
    .addColumn("source", "text", (c) => c.notNull().references("sources.id"))
    .addColumn("ref", "text", (c) => c.notNull())
    .addColumn("object_id", "text", (c) => c.notNull())
    .addColumn("commit_id", "text", (c) => c.notNull())
    .addColumn("version", "text", (c) => c.references("versions.id"))
    .addColumn("skipped_reason", "text")
    .addColumn("label", "text")
    .addColumn("seen_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("source_refs_pk", ["source", "ref"])
    .execute();
}

async function createUsageTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("token_usage")
    .addColumn("token", "text", (c) => c.notNull().references("tokens.id"))
    .addColumn("hour", "bigint", (c) => c.notNull())
    .$call(counts(["requests", "downloads"]))
    .addPrimaryKeyConstraint("token_usage_pk", ["token", "hour"])
    .execute();
  await db.schema
    .createTable("version_downloads")
    .addColumn("token", "text", (c) => c.notNull().references("tokens.id"))
    .addColumn("package", "text", (c) => c.notNull().references("packages.id"))
    .addColumn("version_normalized", "text", (c) => c.notNull())
    .addColumn("day", "bigint", (c) => c.notNull())
    .$call(counts(["downloads", "installs"]))
    .addPrimaryKeyConstraint("version_downloads_pk", ["token", "package", "version_normalized", "day"])
    .execute();
}

/** The audit chain, the personal values that can be erased from beside it, and background work. */
async function createAuditAndJobTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("audit_events")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("sequence", "bigint", (c) => c.unique())
    .addColumn("occurred_at", "bigint", (c) => c.notNull())
    .addColumn("actor_kind", "text", (c) => c.notNull())
    .addColumn("actor_id", "text")
    .addColumn("action", "text", (c) => c.notNull())
    .addColumn("target_kind", "text", (c) => c.notNull())
    .addColumn("target_id", "text", (c) => c.notNull())
    .addColumn("shop", "text")
    .addColumn("customer", "text")
    .addColumn("request_id", "text")
    .addColumn("details", "text", (c) => c.notNull())
    .addColumn("personal_commitment", "text")
    .addColumn("chain_mac", "text")
    .addColumn("sealed_at", "bigint")
    .execute();
  await index(db, "audit_events", ["occurred_at", "id"]);
  await index(db, "audit_events", ["target_id"]);
  await index(db, "audit_events", ["customer"]);
  await db.schema
    .createTable("audit_personal_values")
    .addColumn("event", "text", (c) => c.primaryKey().references("audit_events.id"))
    .addColumn("customer", "text")
    .addColumn("nonce", "text", (c) => c.notNull())
    .addColumn("personal_values", "text", (c) => c.notNull())
    .execute();
  await index(db, "audit_personal_values", ["customer"]);
  await db.schema
    .createTable("audit_head")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("sequence", "bigint", (c) => c.notNull())
    .addColumn("chain_mac", "text", (c) => c.notNull())
    .addColumn("signature", "text", (c) => c.notNull())
    .addColumn("sealed_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("jobs")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("unique_key", "text")
    .addColumn("payload", "text", (c) => c.notNull())
    .addColumn("run_at", "bigint", (c) => c.notNull())
    .addColumn("attempts", "integer", (c) => c.notNull())
    .addColumn("claimed_by", "text")
    .addColumn("claimed_until", "bigint")
    .addColumn("last_error", "text")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("finished_at", "bigint")
    .execute();
  await index(db, "jobs", ["finished_at", "run_at"]);
}

/** Forward only: an older release goes on running on a newer schema, so nothing is ever dropped by a downgrade. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createAccessTables(db);
  await createManagementTables(db);
  await createSourceTables(db);
  await createPackageTables(db);
  await createUsageTables(db);
  await createAuditAndJobTables(db);
}

function timestamps<T extends Table>(table: T): T {
  return table
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull()) as T;
}

function counts(columns: string[]): <T extends Table>(table: T) => T {
  return <T extends Table>(table: T) => {
    let result: Table = table;
    for (const column of columns) result = result.addColumn(column, "bigint", (c) => c.notNull().defaultTo(0));
    return result as T;
  };
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join("_")}`)
    .on(table)
    .columns(columns)
    .execute();
}
