import type { Kysely } from "kysely";

/**
 * Humans who log into the dashboard, their sessions, one-time links and settings; `Idempotency-Key` for users besides
 * management tokens; and the lists a person looks at over all shops.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createUserTables(db);
  await replaceIdempotencyKeys(db);
  await db.schema
    .createTable("settings")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("package_readmes")
    .addColumn("package", "text", (c) => c.primaryKey().references("packages.id"))
    .addColumn("version", "text", (c) => c.notNull())
    .addColumn("filename", "text", (c) => c.notNull())
    .addColumn("content", "text", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .execute();
}

async function createUserTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("users")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("email", "text", (c) => c.unique())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("password_hash", "text")
    .addColumn("sealed_totp_secret", "text")
    .addColumn("totp_confirmed_at", "bigint")
    .addColumn("totp_last_step", "bigint")
    .addColumn("last_login_at", "bigint")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addColumn("removed_at", "bigint")
    .execute();
  await db.schema
    .createTable("user_recovery_codes")
    .addColumn("user", "text", (c) => c.notNull().references("users.id"))
    .addColumn("code_hash", "text", (c) => c.notNull())
    .addColumn("used_at", "bigint")
    .addPrimaryKeyConstraint("user_recovery_codes_pk", ["user", "code_hash"])
    .execute();
  await db.schema
    .createTable("sessions")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("user", "text", (c) => c.notNull().references("users.id"))
    .addColumn("secret_hash", "text", (c) => c.notNull().unique())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_seen_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addColumn("address", "text")
    .addColumn("user_agent", "text")
    .execute();
  await index(db, "sessions", ["user"]);
  await index(db, "sessions", ["expires_at"]);
  await db.schema
    .createTable("one_time_links")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("user", "text", (c) => c.references("users.id"))
    .addColumn("secret_hash", "text", (c) => c.notNull().unique())
    .addColumn("created_by", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addColumn("used_at", "bigint")
    .execute();
  await index(db, "one_time_links", ["user"]);
  await db.schema
    .createTable("login_failures")
    .addColumn("key", "text", (c) => c.primaryKey())
    .addColumn("failures", "bigint", (c) => c.notNull())
    .addColumn("last_failed_at", "bigint", (c) => c.notNull())
    .execute();
  await index(db, "login_failures", ["last_failed_at"]);
}

/** Without a reference to management tokens: a user repeats requests as well. Kept answers go over. */
async function replaceIdempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("idempotency_keys").renameTo("idempotency_keys_before").execute();
  await db.schema
    .createTable("idempotency_keys")
    .addColumn("caller", "text", (c) => c.notNull())
    .addColumn("method", "text", (c) => c.notNull())
    .addColumn("path", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("body_hash", "text", (c) => c.notNull())
    .addColumn("status", "integer", (c) => c.notNull())
    .addColumn("sealed_answer", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("idempotency_keys_by_caller_pk", ["caller", "method", "path", "key"])
    .execute();
  const untyped = db as Kysely<Record<string, Record<string, unknown>>>;
  const kept = ["method", "path", "key", "body_hash", "status", "sealed_answer", "created_at", "expires_at"];
  await untyped
    .insertInto("idempotency_keys")
    .columns(["caller", ...kept])
    .expression(untyped.selectFrom("idempotency_keys_before").select(["management_token as caller", ...kept]))
    .execute();
  await db.schema.dropTable("idempotency_keys_before").execute();
  await db.schema.createIndex("idempotency_keys_by_expiry").on("idempotency_keys").columns(["expires_at"]).execute();
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join("_")}`)
    .on(table)
    .columns(columns)
    .execute();
}
