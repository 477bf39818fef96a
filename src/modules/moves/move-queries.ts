import { sql } from "kysely";
import type { Insertable, Selectable } from "kysely";
import type { Db, MoveTable } from "../../schema.ts";
import { visibleCustomers } from "../customers/index.ts";
import type { CustomerRow, CustomerVisibility } from "../customers/index.ts";

export type MoveRow = Selectable<MoveTable>;

export async function insertMove(db: Db, row: Insertable<MoveTable>): Promise<void> {
  await db.insertInto("moves").values(row).execute();
}

export async function findMove(db: Db, id: string): Promise<MoveRow | undefined> {
  return await db.selectFrom("moves").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function markUndone(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable("moves").set({ undone_at: now, undo: null }).where("id", "=", id).execute();
}

/** What can be undone no longer needs nothing for it. */
export async function forgetMovesBefore(db: Db, before: number): Promise<void> {
  await db
    .updateTable("moves")
    .set({ undo: null })
    .where("created_at", "<=", before)
    .where("undo", "is not", null)
    .execute();
}

/** Newest first: of which both sides exist for the caller. */
export async function listMoveRows(
  db: Db,
  visibility: CustomerVisibility,
  customers: readonly string[],
): Promise<MoveRow[]> {
  const visible = () => db.selectFrom("customers").select("id").$call(visibleCustomers(visibility));
  return await db
    .selectFrom("moves")
    .selectAll()
    .where((where) => where.or([where("from_customer", "in", customers), where("to_customer", "in", customers)]))
    .where("to_customer", "in", visible())
    .where((where) => where.or([where("from_customer", "is", null), where("from_customer", "in", visible())]))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .execute();
}

/** By `customers.id`: whoever is called so, whatever it was merged into. */
export async function listCustomerRows(db: Db, ids: readonly string[]): Promise<CustomerRow[]> {
  if (ids.length === 0) return [];
  return await db.selectFrom("customers").selectAll().where("id", "in", ids).execute();
}

/** From now on `from`, and whoever was merged into it, is `to`. Returns who. */
export async function mergeRows(db: Db, from: string, to: string): Promise<string[]> {
  const rows = await db
    .updateTable("customers")
    .set({ merged_into: to })
    .where((where) => where.or([where("id", "=", from), where("merged_into", "=", from)]))
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

export async function unmergeRows(db: Db, from: string, merged: readonly string[]): Promise<void> {
  await db.updateTable("customers").set({ merged_into: null }).where("id", "=", from).execute();
  const others = merged.filter((id) => id !== from);
  if (others.length === 0) return;
  await db.updateTable("customers").set({ merged_into: from }).where("id", "in", others).execute();
}

/** Mails about these tokens, or about anything of a customer, are another one's. */
export async function moveMails(db: Db, from: string | null, to: string | null, tokens: readonly string[] | "all") {
  const ofFrom = db
    .updateTable("customer_mails")
    .set({ customer: to })
    .where("customer", from === null ? "is" : "=", from);
  if (tokens === "all") await ofFrom.execute();
  else if (tokens.length > 0) await ofFrom.where("token", "in", tokens).execute();
}

/** Returns which. */
export async function moveEntries(db: Db, from: string, to: string): Promise<string[]> {
  const rows = await db
    .updateTable("attention_entries")
    .set({ customer: to })
    .where("customer", "=", from)
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

export async function giveEntries(db: Db, ids: readonly string[], customer: string): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable("attention_entries").set({ customer }).where("id", "in", ids).execute();
}

/** Those of long ago stay such. Returns the addresses that `to` did not have. */
export async function copyAddresses(db: Db, from: string, to: string): Promise<string[]> {
  const { rows } = await sql<{ email: string }>`
    insert into customer_addresses (customer, email, created_at, replaced_at)
    select ${to}, email, created_at, replaced_at from customer_addresses where customer = ${from}
    on conflict (customer, email) do nothing returning email`.execute(db);
  return rows.map(({ email }) => email);
}

export async function takeAddresses(db: Db, customer: string, emails: readonly string[]): Promise<void> {
  if (emails.length === 0) return;
  await db.deleteFrom("customer_addresses").where("customer", "=", customer).where("email", "in", emails).execute();
}

/** Of the hosted packages. */
export async function listPackageNames(db: Db): Promise<string[]> {
  const rows = await db.selectFrom("packages").select("name").orderBy("name").execute();
  return rows.map(({ name }) => name);
}
