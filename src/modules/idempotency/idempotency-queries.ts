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
  answer: Pick<IdempotencyRow, "status" | "sealed_answer" | "customer" | "token">,
): Promise<void> {
  await scoped(db.updateTable("idempotency_keys"), scope).set(answer).execute();
}

const IDS_AT_ONCE = 500;

/** What is about this customer, one of these tokens, or kept for a shop under one of these keys. */
export async function deleteAnswersAbout(
  db: Db,
  { customer, tokens, shop, keys }: { customer: string | null; tokens: string[]; shop: string; keys: string[] },
): Promise<void> {
  const from = () => db.deleteFrom("idempotency_keys");
  if (customer !== null) await from().where("customer", "=", customer).execute();
  for (let start = 0; start < tokens.length; start += IDS_AT_ONCE) {
    await from()
      .where("token", "in", tokens.slice(start, start + IDS_AT_ONCE))
      .execute();
  }
  for (let start = 0; start < keys.length; start += IDS_AT_ONCE) {
    await from()
      .where("caller", "=", shop)
      .where("key", "in", keys.slice(start, start + IDS_AT_ONCE))
      .execute();
  }
}

/** In the place of a customer: the answer is known to be of nobody. */
export const OF_NOBODY = "";

/** Where the answer does not say of whom it is. */
export async function deleteUnattributedAnswers(db: Db): Promise<void> {
  await db
    .deleteFrom("idempotency_keys")
    .where("customer", "is", null)
    .where("token", "is", null)
    .where("method", "!=", "")
    .execute();
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
