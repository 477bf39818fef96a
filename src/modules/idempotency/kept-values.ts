import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Db } from "../../schema.ts";
import { claimKey, findKey } from "./idempotency-queries.ts";
import type { IdempotencyScope } from "./idempotency-queries.ts";

/** What a value is kept under; no `Idempotency-Key` has such a caller, which is the id of a token or a user. */
export type ValueScope = Omit<IdempotencyScope, "method"> & { caller: `shop:${string}` };

/** Keeps a value sealed beside what a transaction makes; `createAnswerUpkeep` clears it when its time is over. */
export async function keepValue(
  trx: Db,
  cipher: Cipher,
  scope: ValueScope,
  kept: { value: string; now: number; seconds: number },
): Promise<void> {
  const sealed = cipher.seal(kept.value, contextOfValue(scope));
  const row = { ...scope, method: "", body_hash: "", status: 0, sealed_answer: sealed };
  await claimKey(trx, { ...row, created_at: kept.now, expires_at: kept.now + kept.seconds });
}

/** Undefined once its time is over. */
export async function findKeptValue(
  db: Db,
  cipher: Cipher,
  scope: ValueScope,
  now: number,
): Promise<string | undefined> {
  const row = await findKey(db, { ...scope, method: "" });
  return row === undefined || row.expires_at <= now ? undefined : cipher.open(row.sealed_answer, contextOfValue(scope));
}

export function contextOfValue({ caller, path, key }: Omit<IdempotencyScope, "method">): string {
  return `kept ${caller} ${path} ${key}`;
}
