import type { Db } from "../../schema.ts";
import { endRotatedSecrets, findNewestRotatedSecret, insertRotatedSecret } from "./rotated-secret-queries.ts";
import type { SecretHolder } from "./rotated-secret-queries.ts";

export interface RetiredSecret {
  secretHash: string;
  lastFour: string;
  now: number;
  /** How long it goes on working beside its successor. */
  overlapSeconds: number;
}

/** The newest secret that was replaced, as answers show it. */
export interface PresentedPreviousSecret {
  last_four: string;
  expires_at: number;
  last_used_at: number | null;
}

/**
 * Lets a secret go on working for a while after it was replaced. An older one that still works ends at once: whoever
 * rotates twice because a secret leaked does not want both of them to live on. The caller holds the holder's row. Returns
 * what answers show of it, also where it ends at once.
 */
export async function retireSecret(
  trx: Db,
  holder: SecretHolder,
  retired: RetiredSecret,
): Promise<PresentedPreviousSecret> {
  await endRotatedSecrets(trx, holder, retired.now);
  const before = await findNewestRotatedSecret(trx, holder);
  const presented = {
    last_four: retired.lastFour,
    expires_at: retired.now + retired.overlapSeconds,
    last_used_at: null,
  };
  await insertRotatedSecret(trx, {
    secret_hash: retired.secretHash,
    token: holder.kind === "token" ? holder.id : null,
    management_token: holder.kind === "management_token" ? holder.id : null,
    rotated_at: retired.now,
    ordinal: (before?.ordinal ?? 0) + 1,
    ...presented,
  });
  return presented;
}

export async function findPreviousSecret(db: Db, holder: SecretHolder): Promise<PresentedPreviousSecret | null> {
  const row = await findNewestRotatedSecret(db, holder);
  if (row === undefined) return null;
  return { last_four: row.last_four, expires_at: row.expires_at, last_used_at: row.last_used_at };
}
