import { sql } from "kysely";
import type { Insertable, RawBuilder, Selectable, Updateable } from "kysely";
import { isAbandoned } from "../../platform/claimant.ts";
import type { CustomerMailTable, Db, MailKind } from "../../schema.ts";
import { firstCause } from "./mail-causes.ts";

export type MailRow = Selectable<CustomerMailTable>;

/** False where this cause was told already, or is about to be. */
export async function insertMailIfNew(db: Db, row: Insertable<CustomerMailTable>): Promise<boolean> {
  const result = await db
    .insertInto("customer_mails")
    .values(row)
    .onConflict((conflict) => conflict.column("cause").doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findMail(db: Db, id: string): Promise<MailRow | undefined> {
  return await db.selectFrom("customer_mails").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Of a mail: nobody hands it over. */
function isFree(now: number): RawBuilder<boolean> {
  return sql<boolean>`(claimed_until is null or claimed_until <= ${now})`;
}

/** What waits longest first. Only what is pending has a next attempt. */
export async function listDueMails(db: Db, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("customer_mails")
    .select("id")
    .where("next_attempt_at", "<=", now)
    .where(isFree(now))
    .orderBy("next_attempt_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** What a process of this machine had on its way when it was killed is due again, before its claims run out. */
export async function releaseAbandonedClaims(db: Db): Promise<void> {
  const claimed = db
    .selectFrom("customer_mails")
    .select("claimed_by")
    .distinct()
    .where("next_attempt_at", "is not", null);
  const claimants = (await claimed.where("claimed_by", "is not", null).execute()).map((row) => row.claimed_by ?? "");
  const abandoned = claimants.filter(isAbandoned);
  if (abandoned.length === 0) return;
  const free = { claimed_by: null, claimed_until: null };
  await db.updateTable("customer_mails").set(free).where("claimed_by", "in", abandoned).execute();
}

/**
 * Takes a mail that is still due; undefined when somebody else was faster. In one statement, so that two instances
 * never both take it: the second one waits for the row and sees the claim.
 */
export async function claimMail(
  db: Db,
  id: string,
  now: number,
  claim: { claimed_by: string; claimed_until: number },
): Promise<MailRow | undefined> {
  return await db
    .updateTable("customer_mails")
    .set(claim)
    .where("id", "=", id)
    .where("state", "=", "pending")
    .where("next_attempt_at", "<=", now)
    .where(isFree(now))
    .returningAll()
    .executeTakeFirst();
}

/** Changes nothing when the claim was lost: somebody else hands it over by now. */
export async function updateClaimedMail(
  db: Db,
  id: string,
  claimedBy: string,
  change: Updateable<CustomerMailTable>,
): Promise<boolean> {
  const result = await db
    .updateTable("customer_mails")
    .set({ ...change, claimed_by: null, claimed_until: null })
    .where("id", "=", id)
    .where("claimed_by", "=", claimedBy)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Changes a mail that nobody hands over; false where it is on its way, or gone from this state. */
export async function updateRestingMail(
  db: Db,
  id: string,
  change: Updateable<CustomerMailTable>,
  now: number,
): Promise<boolean> {
  const result = await db
    .updateTable("customer_mails")
    .set(change)
    .where("id", "=", id)
    .where("state", "in", ["failed", "pending"])
    .where(isFree(now))
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * What waits of a token is not sent any more, nor again. An attempt under way keeps its claim, and is noted as sent
 * where it was.
 */
export async function cancelMailsOfToken(
  db: Db,
  token: string,
  kinds: readonly MailKind[],
  { detail, now }: { detail: string; now: number },
): Promise<void> {
  const ofToken = db
    .updateTable("customer_mails")
    .where("token", "=", token)
    .where("kind", "in", [...kinds]);
  await ofToken
    .set({ state: "cancelled", detail, sealed_secret: null, next_attempt_at: null, finished_at: now })
    .where("state", "=", "pending")
    .execute();
  await ofToken.set({ sealed_secret: null }).where("sealed_secret", "is not", null).execute();
}

/** What waits, also where it is on its way. */
export async function listPendingMails(db: Db, whose: { customer: string } | { token: string }): Promise<MailRow[]> {
  const [column, value] =
    "customer" in whose ? (["customer", whose.customer] as const) : (["token", whose.token] as const);
  return await db
    .selectFrom("customer_mails")
    .selectAll()
    .where(column, "=", value)
    .where("state", "=", "pending")
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

/** False where it waits no more. An attempt under way keeps its claim, and is noted as sent where it was. */
export async function cancelPendingMail(
  db: Db,
  id: string,
  { detail, now }: { detail: string; now: number },
): Promise<boolean> {
  const result = await db
    .updateTable("customer_mails")
    .set({ state: "cancelled", detail, sealed_secret: null, next_attempt_at: null, finished_at: now })
    .where("id", "=", id)
    .where("state", "=", "pending")
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** A mail that waits goes to another address, at once; one that is on its way finds that out at its next attempt. */
export async function redirectMail(db: Db, id: string, recipient: string, now: number): Promise<void> {
  await db
    .updateTable("customer_mails")
    .set({ recipient, attempts: 0, detail: null, next_attempt_at: now })
    .where("id", "=", id)
    .where("state", "=", "pending")
    .where(isFree(now))
    .execute();
}

/** Where a mail that was claimed is handed over to. */
export async function noteRecipient(db: Db, id: string, claimedBy: string, recipient: string): Promise<void> {
  const query = db.updateTable("customer_mails").set({ recipient }).where("id", "=", id);
  await query.where("claimed_by", "=", claimedBy).execute();
}

/** Mails that told a token's customer of it, or were meant to: how many went out or are on their way, of how many. */
export async function countReadyMails(
  db: Db,
  token: string,
  now: number,
): Promise<{ all: number; sent: number; underWay: number }> {
  const rows = await db
    .selectFrom("customer_mails")
    .select(["cause", "state", "claimed_until"])
    .where("token", "=", token)
    .where("kind", "=", "ready")
    .execute();
  const underWay = rows.filter(({ state, claimed_until }) => state !== "sent" && (claimed_until ?? 0) > now);
  return {
    all: new Set(rows.map(({ cause }) => firstCause(cause))).size,
    sent: rows.filter(({ state }) => state === "sent").length,
    underWay: underWay.length,
  };
}

/** Failed ones whose secret was kept for somebody to try again, but not for ever. */
export async function forgetSecretsBefore(db: Db, before: number): Promise<void> {
  await db
    .updateTable("customer_mails")
    .set({ sealed_secret: null })
    .where("state", "=", "failed")
    .where("finished_at", "<", before)
    .where("sealed_secret", "is not", null)
    .execute();
}

/** What ended long ago. How many were deleted. */
export async function deleteMailsBefore(db: Db, before: number, limit: number): Promise<number> {
  const old = db
    .selectFrom("customer_mails")
    .select("id")
    .where("created_at", "<", before)
    .where("state", "!=", "pending")
    .orderBy("created_at")
    .limit(limit);
  const result = await db.deleteFrom("customer_mails").where("id", "in", old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Newest first; for an export of what is held of somebody. */
export async function listMailsOf(
  db: Db,
  whose: { customer: string } | { token: string },
): Promise<Pick<MailRow, "id" | "kind" | "token" | "recipient" | "state" | "created_at" | "finished_at">[]> {
  const [column, value] =
    "customer" in whose ? (["customer", whose.customer] as const) : (["token", whose.token] as const);
  return await db
    .selectFrom("customer_mails")
    .select(["id", "kind", "token", "recipient", "state", "created_at", "finished_at"])
    .where(column, "=", value)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .execute();
}

const IDS_AT_ONCE = 500;

/** Nothing more is sent, and no address is left. */
export async function eraseMails(
  db: Db,
  whose: { customer: string } | { tokens: readonly string[] },
  { detail, now }: { detail: string; now: number },
): Promise<void> {
  const [column, ids] =
    "customer" in whose ? (["customer", [whose.customer]] as const) : (["token", whose.tokens] as const);
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const mails = db.updateTable("customer_mails").where(column, "in", ids.slice(start, start + IDS_AT_ONCE));
    await mails
      .set({ state: "cancelled", detail, next_attempt_at: null, finished_at: now })
      .where("state", "=", "pending")
      .execute();
    await mails.set({ recipient: null, sealed_secret: null }).execute();
  }
}
