import type { Insertable, Selectable, Updateable } from "kysely";
import type { Db, GrantTable } from "../../schema.ts";

export type GrantRow = Selectable<GrantTable>;

/** Below the 32,766 parameters a SQLite statement may have. */
const TOKENS_AT_ONCE = 10_000;

export async function insertGrants(db: Db, rows: Insertable<GrantTable>[]): Promise<void> {
  if (rows.length > 0) await db.insertInto("grants").values(rows).execute();
}

/** Lapsed and revoked ones too: their holder is answered "lapsed" rather than "unknown". */
export async function listGrantsOfToken(db: Db, token: string): Promise<GrantRow[]> {
  return await db
    .selectFrom("grants")
    .selectAll()
    .where("token", "=", token)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

export async function listGrantsOfTokens(db: Db, tokens: string[]): Promise<GrantRow[]> {
  const rows: GrantRow[] = [];
  for (let start = 0; start < tokens.length; start += TOKENS_AT_ONCE) {
    const some = tokens.slice(start, start + TOKENS_AT_ONCE);
    rows.push(
      ...(await db
        .selectFrom("grants")
        .selectAll()
        .where("token", "in", some)
        .orderBy("created_at")
        .orderBy("id")
        .execute()),
    );
  }
  return rows;
}

export async function listGrantsOfCustomer(db: Db, customer: string): Promise<GrantRow[]> {
  return await db
    .selectFrom("grants")
    .selectAll()
    .where("customer", "=", customer)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

/** Since when a customer (`customers.id`) is suspended, and past which bound that says nothing; undefined: it is not. */
export async function findCustomerSuspension(
  db: Db,
  customer: string,
): Promise<{ at: number; within: readonly string[] | null } | undefined> {
  const row = await db
    .selectFrom("customers")
    .select(["suspended_at", "suspended_within"])
    .where("id", "=", customer)
    .executeTakeFirst();
  if (row === undefined || row.suspended_at === null) return undefined;
  const within = row.suspended_within === null ? null : (JSON.parse(row.suspended_within) as string[]);
  return { at: row.suspended_at, within };
}

export async function revokeGrants(db: Db, ids: string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable("grants")
    .set({ revoked_at: now, updated_at: now })
    .where("id", "in", ids)
    .where("revoked_at", "is", null)
    .execute();
}

export async function updateGrant(db: Db, id: string, change: Updateable<GrantTable>): Promise<void> {
  await db.updateTable("grants").set(change).where("id", "=", id).execute();
}
