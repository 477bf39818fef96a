import { sql } from "kysely";
import type { Kysely } from "kysely";

/** What undoing a customer's revocation and erasing a customer need. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("customers").addColumn("revoked_at", "bigint").execute();
  await db.schema
    .alterTable("customers")
    .addColumn("revocation", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable("customers").addColumn("cancellations_before", "text").execute();
  await db.schema.alterTable("tokens").addColumn("customer_revocation", "integer").execute();
  await db.schema.alterTable("rotated_secrets").addColumn("restorable_until", "bigint").execute();
  await db.schema.alterTable("idempotency_keys").addColumn("customer", "text").execute();
  await db.schema.alterTable("idempotency_keys").addColumn("token", "text").execute();
  for (const column of ["customer", "token"]) {
    await db.schema
      .createIndex(`idempotency_keys_by_${column}`)
      .on("idempotency_keys")
      .column(column)
      .where(sql.ref(column), "is not", null)
      .execute();
  }
}
