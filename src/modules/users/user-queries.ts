import type { Insertable, Selectable, Updateable } from "kysely";
import { sql } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, UserTable } from "../../schema.ts";

export type UserRow = Selectable<UserTable>;

/** False when another user has the e-mail address. */
export async function insertUserIfNew(db: Db, row: Insertable<UserTable>): Promise<boolean> {
  const result = await db
    .insertInto("users")
    .values(row)
    .onConflict((conflict) => conflict.column("email").doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Removed users are kept for the audit log only: nothing else finds them. */
export async function findUserRow(db: Db, id: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom("users")
    .selectAll()
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
}

/** By the lower-cased address; a removed user has none. */
export async function findUserRowByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return await db.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst();
}

/** Newest first. */
export async function listUserRows(
  db: Db,
  page: { after: { at: number; id: string } | undefined; limit: number },
): Promise<UserRow[]> {
  let query = db.selectFrom("users").selectAll().where("removed_at", "is", null);
  if (page.after !== undefined) {
    const { at, id } = page.after;
    query = query.where((where) =>
      where.or([where("created_at", "<", at), where.and([where("created_at", "=", at), where("id", "<", id)])]),
    );
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

export async function updateUserRow(db: Db, id: string, values: Updateable<UserTable>): Promise<void> {
  await db.updateTable("users").set(values).where("id", "=", id).execute();
}

/** Holds the row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockUser(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("users").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

/** Holds every owner, in one order: of two who remove the last two owners at once, the second sees that one is left. */
export async function lockOwners(db: Db, engine: Engine): Promise<void> {
  if (engine === "sqlite") return;
  const owners = db.selectFrom("users").select("id").where("role", "=", "owner").where("removed_at", "is", null);
  await owners.orderBy("id").forNoKeyUpdate().execute();
}

/** Those that can log in: an owner who never accepted the invitation could not help anybody. */
export async function countOwnerRows(db: Db): Promise<number> {
  const row = await db
    .selectFrom("users")
    .where("role", "=", "owner")
    .where("removed_at", "is", null)
    .where("password_hash", "is not", null)
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** How many management tokens that work still let their holder in again: they make users, or further tokens. */
export async function countPowerfulTokensOf(db: Db, user: string, now: number): Promise<number> {
  const row = await db
    .selectFrom("management_tokens")
    .where("created_by", "=", user)
    .where("revoked_at", "is", null)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now)]))
    .where((where) =>
      where.or([where("scopes", "like", '%"users:write"%'), where("scopes", "like", '%"management_tokens:write"%')]),
    )
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Invitations and resets that were not used yet. */
export async function deleteLinksOf(db: Db, user: string): Promise<void> {
  await db.deleteFrom("one_time_links").where("user", "=", user).execute();
}

/** Used and unused ones. */
export async function deleteRecoveryCodesOf(db: Db, user: string): Promise<void> {
  await db.deleteFrom("user_recovery_codes").where("user", "=", user).execute();
}

/** With their number, which the user's row keeps. */
export async function deletePasskeysOf(db: Db, user: string): Promise<void> {
  await db.deleteFrom("passkeys").where("user", "=", user).execute();
  await db.updateTable("users").set({ passkeys: 0 }).where("id", "=", user).execute();
}

/** Of owners who can log in. */
export async function listOwnerAddresses(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("users")
    .select("email")
    .where("role", "=", "owner")
    .where("removed_at", "is", null)
    .where("password_hash", "is not", null)
    .orderBy("id")
    .execute();
  return rows.flatMap(({ email }) => email ?? []);
}
