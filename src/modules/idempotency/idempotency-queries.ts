import type { Insertable, Selectable } from "kysely";
import type { Db, IdempotencyKeyTable } from "../../schema.ts";

export type IdempotencyRow = Selectable<IdempotencyKeyTable>;
export type IdempotencyScope = Pick<IdempotencyRow, "caller" | "method" | "path" | "key">;

/**
 * False when the key is taken. While another transaction holds the same key uncommitted, this waits for it: of two
 * concurrent duplicates one acts and the other replays.
 */
export async function claimKey(db: Db, row: Insertable<IdempotencyKeyTable>): Promise<boolean> {
  const result = await db
    .insertInto("idempotency_keys")
    .values(row)
    .onConflict((conflict) => conflict.columns(["caller", "method", "path", "key"]).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findKey(db: Db, scope: IdempotencyScope): Promise<IdempotencyRow | undefined> {
  return await scoped(db.selectFrom("idempotency_keys").selectAll(), scope).executeTakeFirst();
}

export async function storeAnswer(
  db: Db,
  scope: IdempotencyScope,
  status: number,
  sealedAnswer: string,
): Promise<void> {
  await scoped(db.updateTable("idempotency_keys"), scope).set({ status, sealed_answer: sealedAnswer }).execute();
}

export async function deleteExpiredKeys(db: Db, now: number): Promise<void> {
  await db.deleteFrom("idempotency_keys").where("expires_at", "<=", now).execute();
}

interface Filterable<Self> {
  where(column: keyof IdempotencyScope, operator: "=", value: string): Self;
}

function scoped<Q extends Filterable<Q>>(query: Q, scope: IdempotencyScope): Q {
  return query
    .where("caller", "=", scope.caller)
    .where("method", "=", scope.method)
    .where("path", "=", scope.path)
    .where("key", "=", scope.key);
}
