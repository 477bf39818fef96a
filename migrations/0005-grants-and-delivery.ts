import { sql } from "kysely";
import type { Kysely } from "kysely";

/** What customers are given and told, and what goes out to other systems: one function for each part. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createWebhookTables(db);
  await createGrantLines(db);
}

/** Where events go, what happened, and each attempt to tell it. */
async function createWebhookTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("webhooks")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("url", "text", (c) => c.notNull())
    .addColumn("events", "text", (c) => c.notNull())
    .addColumn("description", "text", (c) => c.notNull())
    .addColumn("enabled", "integer", (c) => c.notNull())
    .addColumn("disabled_reason", "text")
    .addColumn("sealed_secret", "text", (c) => c.notNull())
    .addColumn("sealed_previous_secret", "text")
    .addColumn("previous_secret_expires_at", "bigint")
    .addColumn("created_by", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addColumn("removed_at", "bigint")
    .execute();
  await db.schema
    .createIndex("webhooks_by_shop_created_at_id")
    .on("webhooks")
    .columns(["shop", "created_at", "id"])
    .execute();
  await db.schema
    .createTable("webhook_messages")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("customer", "text")
    .addColumn("occurred_at", "bigint", (c) => c.notNull())
    .addColumn("data", "text", (c) => c.notNull())
    .addColumn("personal_values", "text")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("webhook_messages_by_customer").on("webhook_messages").column("customer").execute();
  await db.schema.createIndex("webhook_messages_by_created_at").on("webhook_messages").column("created_at").execute();
  await db.schema
    .createTable("webhook_deliveries")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("webhook", "text", (c) => c.notNull().references("webhooks.id"))
    .addColumn("message", "text", (c) => c.notNull().references("webhook_messages.id"))
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("attempts", "text", (c) => c.notNull())
    .addColumn("response", "text")
    .addColumn("response_withheld", "text")
    .addColumn("next_attempt_at", "bigint")
    .addColumn("claimed_by", "text")
    .addColumn("claimed_until", "bigint")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .execute();
  for (const columns of [["webhook", "created_at", "id"], ["message"], ["created_at"]]) {
    await db.schema
      .createIndex(`webhook_deliveries_by_${columns.join("_")}`)
      .on("webhook_deliveries")
      .columns(columns)
      .execute();
  }
  await db.schema
    .createIndex("webhook_deliveries_pending")
    .on("webhook_deliveries")
    .columns(["webhook", "next_attempt_at"])
    .where(sql.ref("state"), "=", sql.lit("pending"))
    .execute();
  await db.schema
    .createTable("notices")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("shop", "text")
    .addColumn("occurred_at", "bigint", (c) => c.notNull())
    .addColumn("data", "text", (c) => c.notNull())
    .execute();
  // What was recorded before there were webhooks is told to nobody.
  await db.schema
    .createTable("webhook_cursor")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("audit_sequence", "bigint", (c) => c.notNull())
    .execute();
  await sql`
    insert into webhook_cursor (id, audit_sequence)
    select 1, coalesce((select sequence from audit_head where id = 1), 0)`.execute(db);
}

/** The last word on each line of an order, also where it granted nothing; and what is a requirement of something sold. */
async function createGrantLines(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("grant_lines")
    .addColumn("customer", "text", (c) => c.notNull().references("customers.id"))
    .addColumn("order_id", "text", (c) => c.notNull())
    .addColumn("line", "text", (c) => c.notNull())
    .addColumn("granted_at", "bigint")
    .addColumn("granted_by_receipt", "integer", (c) => c.notNull())
    .addColumn("terms", "text")
    .addColumn("dependencies", "text", (c) => c.notNull())
    .addColumn("revocations", "text", (c) => c.notNull())
    .addColumn("releases", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("grant_lines_pk", ["customer", "order_id", "line"])
    .execute();
  await db.schema
    .alterTable("grants")
    .addColumn("is_dependency", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
}
