import { sql } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { UserRow } from "../users/index.ts";

/**
 * The user of a password that was right a moment ago; undefined when it was changed or the user removed since. Holds
 * the row, so that who changes the password now waits, and ends the session this log-in is about to start.
 */
export async function markLoggedIn(
  db: Db,
  id: string,
  passwordHash: string,
  now: number,
): Promise<UserRow | undefined> {
  return await db
    .updateTable("users")
    .set({ last_login_at: now })
    .where("id", "=", id)
    .where("password_hash", "=", passwordHash)
    .where("removed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** The user of a passkey, held as above; undefined for who was removed, or never chose a password. */
export async function markLoggedInByPasskey(db: Db, id: string, now: number): Promise<UserRow | undefined> {
  return await db
    .updateTable("users")
    .set({ last_login_at: now })
    .where("id", "=", id)
    .where("password_hash", "is not", null)
    .where("removed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** True when this step of time was not used before, nor a later one: of two who send one code, one succeeds. */
export async function takeTotpStep(db: Db, id: string, step: number): Promise<boolean> {
  const result = await db
    .updateTable("users")
    .set({ totp_last_step: step })
    .where("id", "=", id)
    .where((where) => where.or([where("totp_last_step", "is", null), where("totp_last_step", "<", step)]))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** True when the code was there and not used before. */
export async function takeRecoveryCode(db: Db, user: string, codeHash: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable("user_recovery_codes")
    .set({ used_at: now })
    .where("user", "=", user)
    .where("code_hash", "=", codeHash)
    .where("used_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function replaceRecoveryCodes(db: Db, user: string, codeHashes: readonly string[]): Promise<void> {
  await db.deleteFrom("user_recovery_codes").where("user", "=", user).execute();
  if (codeHashes.length === 0) return;
  const rows = codeHashes.map((code_hash) => ({ user, code_hash, used_at: null }));
  await db.insertInto("user_recovery_codes").values(rows).execute();
}

export async function countUnusedRecoveryCodes(db: Db, user: string): Promise<number> {
  const row = await db
    .selectFrom("user_recovery_codes")
    .where("user", "=", user)
    .where("used_at", "is", null)
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Holds the row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockOwnRow(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("users").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

export async function renameUser(db: Db, id: string, name: string, now: number): Promise<void> {
  await db.updateTable("users").set({ name, updated_at: now }).where("id", "=", id).execute();
}

/** Not confirmed yet, so that logging in does not ask for its codes. */
export async function setTotpSecret(db: Db, id: string, sealedSecret: string, now: number): Promise<void> {
  await db
    .updateTable("users")
    .set({ sealed_totp_secret: sealedSecret, totp_confirmed_at: null, updated_at: now })
    .where("id", "=", id)
    .execute();
}

export async function setTotpConfirmed(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable("users").set({ totp_confirmed_at: now, updated_at: now }).where("id", "=", id).execute();
}
