import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Mails to customers, kept until a mail server took them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("customer_mails")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("cause", "text", (c) => c.notNull().unique())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("token", "text", (c) => c.notNull().references("tokens.id"))
    .addColumn("customer", "text", (c) => c.references("customers.id"))
    .addColumn("recipient", "text")
    .addColumn("sealed_secret", "text")
    .addColumn("expires_at", "bigint")
    .addColumn("order_id", "text")
    .addColumn("line", "text")
    .addColumn("days_ahead", "integer")
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("detail", "text")
    .addColumn("attempts", "integer", (c) => c.notNull())
    .addColumn("next_attempt_at", "bigint")
    .addColumn("claimed_by", "text")
    .addColumn("claimed_until", "bigint")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("finished_at", "bigint")
    .execute();
  for (const columns of [
    ["created_at", "id"],
    ["shop", "created_at", "id"],
    ["state", "created_at", "id"],
    ["token", "created_at", "id"],
    ["customer", "created_at", "id"],
  ]) {
    await db.schema
      .createIndex(`customer_mails_by_${columns.join("_")}`)
      .on("customer_mails")
      .columns(columns)
      .execute();
  }
  await db.schema
    .createIndex("customer_mails_pending")
    .on("customer_mails")
    .columns(["next_attempt_at", "id"])
    .where(sql.ref("next_attempt_at"), "is not", null)
    .execute();
  // When the expiry became what it is: who bought for less than the time of a reminder gets none.
  await db.schema.alterTable("tokens").addColumn("expiry_set_at", "bigint").execute();
  await db.schema
    .createIndex("grants_of_customers_by_expires_at_id")
    .on("grants")
    .columns(["expires_at", "id"])
    .where(sql.ref("customer"), "is not", null)
    .where(sql.ref("revoked_at"), "is", null)
    .execute();
  await db.schema
    .createIndex("tokens_notified_by_expires_at_id")
    .on("tokens")
    .columns(["expires_at", "id"])
    .where(sql.ref("notify"), "=", sql.lit(1))
    .where(sql.ref("revoked_at"), "is", null)
    .execute();
}
