import { sql } from "kysely";
import type { Insertable, Selectable } from "kysely";
import type { Db, RotatedSecretTable } from "../../schema.ts";

export type RotatedSecretRow = Selectable<RotatedSecretTable>;

/** Whose secret it was. */
export interface SecretHolder {
  kind: "token" | "management_token";
  id: string;
}

const SECRETS_AT_ONCE = 500;

export async function insertRotatedSecret(db: Db, row: Insertable<RotatedSecretTable>): Promise<void> {
  await db.insertInto("rotated_secrets").values(row).execute();
}

/** Ended ones too: whoever goes on using one is told so. */
export async function findRotatedSecret(
  db: Db,
  kind: SecretHolder["kind"],
  secretHash: string,
): Promise<RotatedSecretRow | undefined> {
  return await db
    .selectFrom("rotated_secrets")
    .selectAll()
    .where("secret_hash", "=", secretHash)
    .where(kind, "is not", null)
    .executeTakeFirst();
}

export async function findNewestRotatedSecret(db: Db, holder: SecretHolder): Promise<RotatedSecretRow | undefined> {
  return await db
    .selectFrom("rotated_secrets")
    .selectAll()
    .where(holder.kind, "=", holder.id)
    .orderBy("ordinal", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Those that have not ended yet end now, and none comes back. */
export async function endRotatedSecrets(db: Db, holder: SecretHolder, now: number): Promise<void> {
  const secrets = db.updateTable("rotated_secrets").where(holder.kind, "=", holder.id);
  await secrets.set({ expires_at: now }).where("expires_at", ">", now).execute();
  await secrets.set({ restorable_until: null }).where("restorable_until", "is not", null).execute();
}

/** Those that have not ended yet end now, until {@link restoreRotatedSecrets}. */
export async function suspendRotatedSecrets(db: Db, holder: SecretHolder, now: number): Promise<void> {
  await db
    .updateTable("rotated_secrets")
    .set((e) => ({ restorable_until: e.ref("expires_at"), expires_at: now }))
    .where(holder.kind, "=", holder.id)
    .where("expires_at", ">", now)
    .execute();
}

/** Those that were suspended end when they would have. */
export async function restoreRotatedSecrets(db: Db, holder: SecretHolder): Promise<void> {
  await db
    .updateTable("rotated_secrets")
    .set((e) => ({ expires_at: sql<number>`${e.ref("restorable_until")}`, restorable_until: null }))
    .where(holder.kind, "=", holder.id)
    .where("restorable_until", "is not", null)
    .execute();
}

/** Several instances write in any order: the newest use wins. */
export async function raiseSecretsLastUsed(db: Db, secretHashes: string[], usedAt: number): Promise<void> {
  for (let start = 0; start < secretHashes.length; start += SECRETS_AT_ONCE) {
    await db
      .updateTable("rotated_secrets")
      .set({ last_used_at: usedAt })
      .where("secret_hash", "in", secretHashes.slice(start, start + SECRETS_AT_ONCE))
      .where((where) => where.or([where("last_used_at", "is", null), where("last_used_at", "<", usedAt)]))
      .execute();
  }
}
