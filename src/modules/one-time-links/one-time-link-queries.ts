import type { Insertable, Selectable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, OneTimeLinkKind, OneTimeLinkTable } from "../../schema.ts";

export type LinkRow = Selectable<OneTimeLinkTable>;

export async function insertLink(db: Db, row: Insertable<OneTimeLinkTable>): Promise<void> {
  await db.insertInto("one_time_links").values(row).execute();
}

export async function findLink(db: Db, kind: OneTimeLinkKind, secretHash: string): Promise<LinkRow | undefined> {
  return await db
    .selectFrom("one_time_links")
    .selectAll()
    .where("secret_hash", "=", secretHash)
    .where("kind", "=", kind)
    .executeTakeFirst();
}

/** Holds the user's row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockUserOfLink(db: Db, engine: Engine, user: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("users").select("id").where("id", "=", user).forNoKeyUpdate().execute();
}

/** One statement that compares and sets: of many at the same moment, one finds the link unused. */
export async function markLinkUsed(
  db: Db,
  kind: OneTimeLinkKind,
  secretHash: string,
  now: number,
): Promise<LinkRow | undefined> {
  return await db
    .updateTable("one_time_links")
    .set({ used_at: now })
    .where("secret_hash", "=", secretHash)
    .where("kind", "=", kind)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .returningAll()
    .executeTakeFirst();
}

/** Ends what a user was sent and did not use; without kinds, links of every kind. */
export async function expireLinksOf(
  db: Db,
  user: string,
  kinds: readonly OneTimeLinkKind[],
  now: number,
): Promise<void> {
  await db
    .updateTable("one_time_links")
    .set({ expires_at: now })
    .where("user", "=", user)
    .where("kind", "in", kinds)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .execute();
}

/** Ends what a user made for others and nobody used. */
export async function expireLinksMadeBy(db: Db, maker: string, now: number): Promise<void> {
  await db
    .updateTable("one_time_links")
    .set({ expires_at: now })
    .where("created_by", "=", maker)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .execute();
}

/** Long over: nobody who opens one has to be told any more whether it was used or has expired. */
export async function deleteLinksBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom("one_time_links").where("expires_at", "<", before).execute();
}
