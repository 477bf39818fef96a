import type { Kysely } from "kysely";

/** When somebody last proved who they are, and passkeys beside the authenticator. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("sessions").addColumn("proven_at", "bigint").execute();
  await db.schema
    .alterTable("users")
    .addColumn("passkeys", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable("passkeys")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("user", "text", (c) => c.notNull().references("users.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("credential_id", "text", (c) => c.notNull().unique())
    .addColumn("public_key", "text", (c) => c.notNull())
    .addColumn("counter", "bigint", (c) => c.notNull())
    .addColumn("transports", "text", (c) => c.notNull())
    .addColumn("synced", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_used_at", "bigint")
    .execute();
  await db.schema.createIndex("passkeys_by_user").on("passkeys").columns(["user", "created_at"]).execute();
  await db.schema
    .createTable("spent_challenges")
    .addColumn("challenge_hash", "text", (c) => c.primaryKey())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("spent_challenges_by_expires_at").on("spent_challenges").column("expires_at").execute();
}
