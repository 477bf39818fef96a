import { sql } from "kysely";
import type { Kysely } from "kysely";

/** What it takes to suspend, and to take an ending back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("tokens").addColumn("suspensions", "text").execute();
  await db.schema.alterTable("tokens").addColumn("order_revocation", "integer").execute();
  await db.schema.alterTable("customers").addColumn("suspended_within", "text").execute();
  await db.schema
    .createIndex("tokens_suspended_by_created_at_id")
    .on("tokens")
    .columns(["created_at", "id"])
    .where(sql.ref("suspended_at"), "is not", null)
    .execute();
  await createOrderStates(db);
  await sayWhyRevoked(db);
}

/** Anew, with one row for each package bound within which it was said; nothing wrote into the table before it. */
async function createOrderStates(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("order_states").execute();
  await db.schema
    .createTable("order_states")
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("order_id", "text", (c) => c.notNull())
    .addColumn("buyer", "text", (c) => c.notNull())
    .addColumn("within", "text", (c) => c.notNull())
    .addColumn("revoked_at", "bigint")
    .addColumn("suspended_at", "bigint")
    .addColumn("revocation", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("cancellations_before", "text")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("order_states_pk", ["shop", "order_id", "buyer", "within"])
    .execute();
}

/** Of what was revoked before, as far as it can be told: what an owner gave away or had erased does not come back. */
async function sayWhyRevoked(db: Kysely<unknown>): Promise<void> {
  await sql`update tokens set revoked_why = case
      when description = 'Erased' and customer_email is null and notify = 0 then 'erased'
      when customer_revocation is not null then 'customer'
      when exists (select 1 from audit_events where audit_events.action = 'customer.transferred'
        and audit_events.target_id = tokens.customer and audit_events.occurred_at >= tokens.revoked_at) then 'transferred'
      else 'revoked' end
    where revoked_at is not null`.execute(db);
}
