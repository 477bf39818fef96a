import type { Insertable, Selectable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, ManagementTokenTable } from "../../schema.ts";

export type ManagementTokenRow = Selectable<ManagementTokenTable>;

export async function insertManagementToken(db: Db, row: Insertable<ManagementTokenTable>): Promise<void> {
  await db.insertInto("management_tokens").values(row).execute();
}

/** Revoked and expired ones too: their holder is told so. */
export async function findManagementTokenByHash(db: Db, secretHash: string): Promise<ManagementTokenRow | undefined> {
  return await db.selectFrom("management_tokens").selectAll().where("secret_hash", "=", secretHash).executeTakeFirst();
}

export async function findManagementToken(db: Db, id: string): Promise<ManagementTokenRow | undefined> {
  return await db.selectFrom("management_tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function listManagementTokenRows(db: Db): Promise<ManagementTokenRow[]> {
  return await db.selectFrom("management_tokens").selectAll().orderBy("created_at").orderBy("id").execute();
}

/** Newest first. */
export async function listManagementTokenRowsOfShop(
  db: Db,
  shop: string | null,
  page: { after: { at: number; id: string } | undefined; limit: number },
): Promise<ManagementTokenRow[]> {
  let query = db.selectFrom("management_tokens").selectAll();
  if (shop !== null) query = query.where("shop", "=", shop);
  if (page.after !== undefined) {
    const { at, id } = page.after;
    query = query.where((where) =>
      where.or([where("created_at", "<", at), where.and([where("created_at", "=", at), where("id", "<", id)])]),
    );
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

/** Holds the row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockManagementToken(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("management_tokens").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

export async function updateManagementToken(
  db: Db,
  id: string,
  change: Partial<
    Pick<
      ManagementTokenRow,
      "secret_hash" | "last_four" | "name" | "unique_by" | "credential" | "notify" | "grace_days" | "allowed_networks"
    >
  >,
): Promise<void> {
  await db.updateTable("management_tokens").set(change).where("id", "=", id).execute();
}

/** True when this call is the one that revoked it. */
export async function markManagementTokenRevoked(db: Db, id: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable("management_tokens")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markManagementTokenUsed(db: Db, id: string, now: number, address: string): Promise<void> {
  await db
    .updateTable("management_tokens")
    .set({ last_used_at: now, last_used_address: address })
    .where("id", "=", id)
    .execute();
}

/** Those that work and expire in a window, both ends included, and of which that was not told. */
export async function listExpiringManagementTokens(
  db: Db,
  window: { from: number; to: number },
): Promise<(Pick<ManagementTokenRow, "id" | "name" | "shop" | "created_at"> & { expires_at: number })[]> {
  const rows = await db
    .selectFrom("management_tokens")
    .select(["id", "name", "shop", "created_at", "expires_at"])
    .where("revoked_at", "is", null)
    .where("expires_at", ">=", window.from)
    .where("expires_at", "<=", window.to)
    .where("expiry_told", "is", null)
    .orderBy("id")
    .execute();
  return rows.flatMap(({ expires_at, ...row }) => (expires_at === null ? [] : [{ ...row, expires_at }]));
}

/** True for the one who is to tell of it. */
export async function markExpiryTold(db: Db, id: string, expiresAt: number): Promise<boolean> {
  const result = await db
    .updateTable("management_tokens")
    .set({ expiry_told: expiresAt })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .where("expiry_told", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
