import { sql } from "kysely";
import type { Kysely } from "kysely";

/** To which address mails go, and which ends were told to webhooks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addAddresses(db);
  await markReplacedAddresses(db);
  await findCorrectedCustomers(db);
  await addSettledFailures(db);
  await addToldEnds(db);
  await addWhoseNotices(db);
}

async function addAddresses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("tokens")
    .addColumn("address_of", "text", (c) => c.notNull().defaultTo("order"))
    .execute();
  await db.schema.alterTable("customer_addresses").addColumn("replaced_at", "bigint").execute();
  await db.schema.createIndex("customer_addresses_by_email").on("customer_addresses").column("email").execute();
}

/**
 * Until now every sale replaced the customer's address: of those it ever had only the last one is its address. In
 * JavaScript, because the engines lower-case letters beyond ASCII differently.
 */
async function markReplacedAddresses(db: Kysely<unknown>): Promise<void> {
  const known = await sql<{ customer: string; email: string; current: string | null }>`
    select a.customer as customer, a.email as email, c.email as current
    from customer_addresses a join customers c on c.id = a.customer
    where c.email is null or a.email <> c.email`.execute(db);
  for (const { customer, email, current } of known.rows) {
    if (current !== null && email === current.trim().toLowerCase()) continue;
    await sql`update customer_addresses set replaced_at = ${nowSeconds()}
      where customer = ${customer} and email = ${email}`.execute(db);
  }
}

/**
 * Whose address was corrected since the sale, and not replaced by that of another sale since. Tokens of whom mails go
 * to the customer's address from now on.
 */
async function findCorrectedCustomers(db: Kysely<unknown>): Promise<void> {
  const corrections = await sql<{ customer: string; occurred_at: number; email: string; personal_values: string }>`
    select e.customer as customer, e.occurred_at as occurred_at, c.email as email, p.personal_values as personal_values
    from audit_events e
    join audit_personal_values p on p.event = e.id
    join customers c on c.id = e.customer
    where e.action = 'customer.updated' and c.email is not null`.execute(db);
  for (const { customer, occurred_at, email, personal_values } of corrections.rows) {
    const { after } = JSON.parse(personal_values) as { after?: { email?: unknown } };
    if (after?.email !== email) continue;
    await sql`update tokens set address_of = 'customer'
      where customer = ${customer} and created_at <= ${occurred_at}`.execute(db);
  }
}

/** What failed before is shown with its customer, too; nobody was told of it. */
async function addSettledFailures(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("customer_mails").addColumn("settled_at", "bigint").execute();
  await db.schema
    .createIndex("customer_mails_failed_by_customer")
    .on("customer_mails")
    .column("customer")
    .where(sql.ref("state"), "=", sql.lit("failed"))
    .where(sql.ref("settled_at"), "is", null)
    .execute();
}

/** What ended before there was anything to tell is not told. */
async function addToldEnds(db: Kysely<unknown>): Promise<void> {
  for (const column of ["expiring_told", "expired_told"]) {
    await db.schema.alterTable("tokens").addColumn(column, "bigint").execute();
    await sql`update tokens set ${sql.ref(column)} = expires_at where expires_at <= ${nowSeconds()}`.execute(db);
    await sql`create index ${sql.ref(`tokens_${column}_by_expires_at_id`)} on tokens (expires_at, id)
      where revoked_at is null and (${sql.ref(column)} is null or ${sql.ref(column)} <> expires_at)`.execute(db);
  }
  await db.schema.alterTable("grants").addColumn("expired_told", "bigint").execute();
  await sql`update grants set expired_told = expires_at where expires_at <= ${nowSeconds()}`.execute(db);
  await sql`create index grants_expired_told_by_expires_at_id on grants (expires_at, id)
    where customer is not null and revoked_at is null
    and (expired_told is null or expired_told <> expires_at)`.execute(db);
}

/** To erase by. */
async function addWhoseNotices(db: Kysely<unknown>): Promise<void> {
  for (const column of ["customer", "token"]) {
    await db.schema.alterTable("notices").addColumn(column, "text").execute();
  }
  await db.schema.alterTable("webhook_messages").addColumn("token", "text").execute();
  await db.schema
    .createIndex("webhook_messages_by_token")
    .on("webhook_messages")
    .column("token")
    .where(sql.ref("token"), "is not", null)
    .execute();
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
