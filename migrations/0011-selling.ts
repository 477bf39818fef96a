import { sql } from "kysely";
import type { Kysely } from "kysely";

/** What sales, endings and their repetitions leave behind: one function for each part. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createAttentionEntries(db);
  await createCustomerAddresses(db);
  await createOrderStates(db);
  await createRenewals(db);
  await addSuspensionAndGrace(db);
  await db.schema.alterTable("tokens").addColumn("order_line", "text").execute();
  await db.schema.alterTable("tokens").addColumn("revoked_why", "text").execute();
  await db.schema.alterTable("management_tokens").addColumn("credential", "text").execute();
}

/** What somebody should look at. */
async function createAttentionEntries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("attention_entries")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("cause", "text", (c) => c.notNull().unique())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("shop", "text", (c) => c.references("shops.name"))
    .addColumn("customer", "text", (c) => c.references("customers.id"))
    .addColumn("subject_kind", "text", (c) => c.notNull())
    .addColumn("subject_id", "text", (c) => c.notNull())
    .addColumn("details", "text", (c) => c.notNull())
    .addColumn("times", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_at", "bigint", (c) => c.notNull())
    .addColumn("dismissed_at", "bigint")
    .addColumn("dismissed_by", "text")
    .execute();
  await db.schema
    .createIndex("attention_entries_open_by_last_at_id")
    .on("attention_entries")
    .columns(["last_at", "id"])
    .where(sql.ref("dismissed_at"), "is", null)
    .execute();
  await db.schema.createIndex("attention_entries_by_customer").on("attention_entries").column("customer").execute();
  await db.schema
    .createIndex("attention_entries_by_subject")
    .on("attention_entries")
    .columns(["subject_kind", "subject_id"])
    .execute();
}

/** Every address a customer had. */
async function createCustomerAddresses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("customer_addresses")
    .addColumn("customer", "text", (c) => c.notNull().references("customers.id"))
    .addColumn("email", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("customer_addresses_pkey", ["customer", "email"])
    .execute();
  await sql`insert into customer_addresses (customer, email, created_at)
    select customer, email, min(created_at) from (
      select id as customer, lower(email) as email, created_at from customers where email is not null
      union all
      select customer, customer_email, created_at from tokens where customer is not null and customer_email is not null
    ) as known group by customer, email`.execute(db);
}

/** What was done to a whole order of one buyer. */
async function createOrderStates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("order_states")
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("order_id", "text", (c) => c.notNull())
    .addColumn("buyer", "text", (c) => c.notNull())
    .addColumn("revoked_at", "bigint")
    .addColumn("suspended_at", "bigint")
    .addColumn("revocation", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("cancellations_before", "text")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("order_states_pkey", ["shop", "order_id", "buyer"])
    .execute();
}

/** Renewals that were counted. */
async function createRenewals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("renewals")
    .addColumn("target", "text", (c) => c.notNull())
    .addColumn("renewal_id", "text", (c) => c.notNull())
    .addColumn("body_hash", "text", (c) => c.notNull())
    .addColumn("ends_before", "bigint")
    .addColumn("ends_after", "bigint")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("renewals_pkey", ["target", "renewal_id"])
    .execute();
}

async function addSuspensionAndGrace(db: Kysely<unknown>): Promise<void> {
  for (const table of ["tokens", "customers", "grants"]) {
    await db.schema.alterTable(table).addColumn("suspended_at", "bigint").execute();
  }
  for (const table of ["tokens", "grants"]) {
    await db.schema
      .alterTable(table)
      .addColumn("grace_days", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
  }
  await db.schema.alterTable("management_tokens").addColumn("grace_days", "integer").execute();
}
