import { randomInt } from "node:crypto";
import { nowSeconds } from "../../platform/clock.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";

const KEPT_SECONDS = 3_600;
const BETWEEN_TWO_SECONDS = 60;
const ATTEMPTS_MAX = 5;
/** Without letters and digits that look like each other. */
const CHARACTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH = 8;

export function newJoinCode(): string {
  return Array.from({ length: LENGTH }, () => CHARACTERS.charAt(randomInt(CHARACTERS.length))).join("");
}

function hashOf(customer: string, code: string): string {
  return sha256Hex(`${customer} ${code.toUpperCase().replaceAll(/[^A-Z0-9]/g, "")}`);
}

/** Stores the code of a guest (`customers.id`) in place of an earlier one; 409 right after that. */
export async function storeJoinCode(trx: Db, customer: string, code: string, now: number): Promise<number> {
  const known = await trx
    .selectFrom("join_codes")
    .select("created_at")
    .where("customer", "=", customer)
    .executeTakeFirst();
  if (known !== undefined && known.created_at + BETWEEN_TWO_SECONDS > now) {
    throw new AppError(
      "resource.conflict",
      "A code was made a moment ago; wait a minute before you ask for another one.",
    );
  }
  const expires_at = now + KEPT_SECONDS;
  const row = { code_hash: hashOf(customer, code), attempts: 0, created_at: now, expires_at };
  await trx
    .insertInto("join_codes")
    .values({ customer, ...row })
    .onConflict((conflict) => conflict.column("customer").doUpdateSet(row))
    .execute();
  return expires_at;
}

/**
 * Uses up the code of a guest (`customers.id`). Every try counts, also when what follows it fails: so it is stored
 * before anything else, by itself.
 */
export async function useJoinCode(
  { db, clock }: { db: Db; clock: Parameters<typeof nowSeconds>[0] },
  customer: string,
  code: string,
): Promise<void> {
  const now = nowSeconds(clock);
  const wrong = () => invalidField("/code", "is not the code that was mailed last, or it is over; ask for another one");
  const row = await db
    .updateTable("join_codes")
    .set((e) => ({ attempts: e("attempts", "+", 1) }))
    .where("customer", "=", customer)
    .where("expires_at", ">", now)
    .where("attempts", "<", ATTEMPTS_MAX)
    .returning("code_hash")
    .executeTakeFirst();
  if (row?.code_hash !== hashOf(customer, code)) throw wrong();
  const used = await db
    .deleteFrom("join_codes")
    .where("customer", "=", customer)
    .where("code_hash", "=", row.code_hash)
    .executeTakeFirst();
  if (used.numDeletedRows === 0n) throw wrong();
}
