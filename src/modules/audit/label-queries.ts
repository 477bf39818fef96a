import { sql } from "kysely";
import type { Db } from "../../schema.ts";
import { shownAddress } from "../mail-addresses/index.ts";

/** The names of management tokens and users, by id; without who is unknown or gone. */
export async function findActorNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  return new Map([...(await findManagementTokenNames(db, ids)), ...(await findUserNames(db, ids))]);
}

/** Revoked ones too. */
export async function findManagementTokenNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  return namesById(await db.selectFrom("management_tokens").select(["id", "name"]).where("id", "in", ids).execute());
}

/** Without removed ones. */
export async function findUserNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const query = db.selectFrom("users").select(["id", "name"]).where("id", "in", ids).where("removed_at", "is", null);
  return namesById(await query.execute());
}

/** Removed ones too: a name says nothing about a person. */
export async function findSourceNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  return namesById(await db.selectFrom("sources").select(["id", "name"]).where("id", "in", ids).execute());
}

function namesById(rows: readonly { id: string; name: string }[]): Map<string, string> {
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The shops' own ids of customers, by `customers.id`. */
export async function findCustomerIds(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("customers").select(["id", "customer_id"]).where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row.customer_id]));
}

/** An e-mail address, or the shop's own id, by `customers.id`; without those whose personal values were erased. */
export async function findCustomerLabels(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom("customers")
    .select(["id", "customer_id", "email"])
    .where("id", "in", ids)
    .where("erased_at", "is", null)
    .execute();
  return new Map(rows.map(({ id, customer_id, email }) => [id, email ?? customer_id]));
}

export interface LabelledToken {
  id: string;
  last_four: string;
  email: string | null;
  /** Its beginning, of one character more than {@link DESCRIPTION_LENGTH_MAX} where it is longer. */
  description: string;
}

export const DESCRIPTION_LENGTH_MAX = 80;

/** Without tokens of customers whose personal values were erased: a description may name them. */
export async function findLabelledTokens(db: Db, ids: readonly string[]): Promise<LabelledToken[]> {
  const rows = await db
    .selectFrom("tokens")
    .leftJoin("customers", "customers.id", "tokens.customer")
    .select([
      ...(["tokens.id", "tokens.last_four", "tokens.customer", "tokens.customer_email", "tokens.address_of"] as const),
      "customers.email",
      sql<string>`substr(tokens.description, 1, ${sql.lit(DESCRIPTION_LENGTH_MAX + 1)})`.as("description"),
    ])
    .where("tokens.id", "in", ids)
    .where("customers.erased_at", "is", null)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, last_four: row.last_four, description: row.description },
    email: shownAddress(row, row.email),
  }));
}
