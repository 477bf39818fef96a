import type { Insertable, Selectable } from "kysely";
import type { Db, SessionTable, UserTable } from "../../schema.ts";
import { SECOND_FACTOR_ROLES } from "./second-factor-rule.ts";

export type SessionRow = Selectable<SessionTable>;
/** A session with what its user may do at this moment, and what the user's role must have for it. */
export type SessionWithUser = SessionRow &
  Pick<Selectable<UserTable>, "role" | "totp_confirmed_at" | "passkeys"> & { second_factor_roles: string | null };

export async function insertSession(db: Db, row: Insertable<SessionTable>): Promise<void> {
  await db.insertInto("sessions").values(row).execute();
}

/** Not one of a removed user, whatever became of its rows. */
export async function findSessionByHash(db: Db, secretHash: string): Promise<SessionWithUser | undefined> {
  return await withUser(db).where("secret_hash", "=", secretHash).executeTakeFirst();
}

/** Not one of a removed user. */
export async function findSessionById(db: Db, id: string): Promise<SessionWithUser | undefined> {
  return await withUser(db).where("sessions.id", "=", id).executeTakeFirst();
}

function withUser(db: Db) {
  return db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user")
    .selectAll("sessions")
    .select(["users.role", "users.totp_confirmed_at", "users.passkeys"])
    .select((select) =>
      select.selectFrom("settings").select("value").where("name", "=", SECOND_FACTOR_ROLES).as("second_factor_roles"),
    )
    .where("users.removed_at", "is", null);
}

/** Last seen first. */
export async function listSessionRows(db: Db, user: string): Promise<SessionRow[]> {
  return await db
    .selectFrom("sessions")
    .selectAll()
    .where("user", "=", user)
    .orderBy("last_seen_at", "desc")
    .orderBy("id")
    .execute();
}

export async function markSessionSeen(db: Db, id: string, now: number): Promise<void> {
  await db.updateTable("sessions").set({ last_seen_at: now }).where("id", "=", id).execute();
}

/** With the time of the proof it was replaced for. False when the session was ended meanwhile. */
export async function replaceSessionSecret(db: Db, id: string, secretHash: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable("sessions")
    .set({ secret_hash: secretHash, proven_at: now })
    .where("id", "=", id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** True when this call is the one that ended it. */
export async function deleteSession(db: Db, id: string, user: string): Promise<boolean> {
  const result = await db.deleteFrom("sessions").where("id", "=", id).where("user", "=", user).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** How many there were. */
export async function deleteSessionsOf(db: Db, user: string, except: string | undefined): Promise<number> {
  let query = db.deleteFrom("sessions").where("user", "=", user);
  if (except !== undefined) query = query.where("id", "!=", except);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

/** Whose end has come, by itself or by their age, or that were last seen too long ago. */
export async function deleteEndedSessions(
  db: Db,
  now: number,
  since: { created: number; seen: number },
): Promise<void> {
  await db
    .deleteFrom("sessions")
    .where((where) =>
      where.or([
        where("expires_at", "<=", now),
        where("created_at", "<=", since.created),
        where("last_seen_at", "<=", since.seen),
      ]),
    )
    .execute();
}
