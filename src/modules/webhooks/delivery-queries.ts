import { sql } from "kysely";
import type { Insertable, RawBuilder, Selectable, Updateable } from "kysely";
import { isAbandoned } from "../../platform/claimant.ts";
import type { PageEnd } from "../../platform/http/paging.ts";
import type { Db, WebhookDeliveryState, WebhookDeliveryTable, WebhookMessageTable } from "../../schema.ts";

export type DeliveryRow = Selectable<WebhookDeliveryTable>;
export type MessageRow = Selectable<WebhookMessageTable>;
/** A delivery with what it delivers. */
export type DeliveryWithMessage = DeliveryRow & Pick<MessageRow, "type" | "occurred_at" | "data" | "personal_values">;

/** A message that is there already stays as it is: made again of the same cause, it is the same. */
export async function insertMessageIfNew(db: Db, row: Insertable<WebhookMessageTable>): Promise<void> {
  await db
    .insertInto("webhook_messages")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

/** In statements of a few sizes, so that they are compiled once. */
const INSERTED_AT_ONCE = [64, 8, 1];

export async function insertDeliveries(db: Db, rows: readonly Insertable<WebhookDeliveryTable>[]): Promise<void> {
  let done = 0;
  for (const size of INSERTED_AT_ONCE) {
    for (; rows.length - done >= size; done += size) {
      await db
        .insertInto("webhook_deliveries")
        .values(rows.slice(done, done + size))
        .execute();
    }
  }
}

function selectDeliveries(db: Db) {
  return db
    .selectFrom("webhook_deliveries")
    .innerJoin("webhook_messages", "webhook_messages.id", "webhook_deliveries.message")
    .selectAll("webhook_deliveries")
    .select(["webhook_messages.type", "webhook_messages.occurred_at"])
    .select(["webhook_messages.data", "webhook_messages.personal_values"]);
}

export async function findDelivery(db: Db, webhook: string, id: string): Promise<DeliveryWithMessage | undefined> {
  return await selectDeliveries(db)
    .where("webhook_deliveries.id", "=", id)
    .where("webhook_deliveries.webhook", "=", webhook)
    .executeTakeFirst();
}

/** Newest first: which ones, and how many bytes each has. */
export async function listDeliverySizes(
  db: Db,
  webhook: string,
  page: { state: WebhookDeliveryState | undefined; after: PageEnd | undefined; limit: number },
): Promise<{ id: string; bytes: number }[]> {
  let query = db
    .selectFrom("webhook_deliveries")
    .innerJoin("webhook_messages", "webhook_messages.id", "webhook_deliveries.message")
    .select("webhook_deliveries.id")
    .select(sql<number>`octet_length(data) + octet_length(attempts) + coalesce(octet_length(response), 0)`.as("bytes"))
    .where("webhook_deliveries.webhook", "=", webhook);
  if (page.state !== undefined) query = query.where("webhook_deliveries.state", "=", page.state);
  if (page.after !== undefined) {
    const { at, id } = page.after;
    query = query.where((where) =>
      where.or([
        where("webhook_deliveries.created_at", "<", at),
        where.and([where("webhook_deliveries.created_at", "=", at), where("webhook_deliveries.id", "<", id)]),
      ]),
    );
  }
  return await query
    .orderBy("webhook_deliveries.created_at", "desc")
    .orderBy("webhook_deliveries.id", "desc")
    .limit(page.limit)
    .execute();
}

/** Newest first. */
export async function findDeliveries(db: Db, ids: readonly string[]): Promise<DeliveryWithMessage[]> {
  if (ids.length === 0) return [];
  return await selectDeliveries(db)
    .where("webhook_deliveries.id", "in", ids)
    .orderBy("webhook_deliveries.created_at", "desc")
    .orderBy("webhook_deliveries.id", "desc")
    .execute();
}

/** Webhooks for which something is due; each is one look into the index of what is pending. */
export async function listDueWebhooks(db: Db, now: number): Promise<{ id: string; shop: string }[]> {
  return await db
    .selectFrom("webhooks")
    .select(["webhooks.id", "webhooks.shop"])
    .where("webhooks.enabled", "=", 1)
    .where("webhooks.removed_at", "is", null)
    .where((where) =>
      where.exists(
        where
          .selectFrom("webhook_deliveries")
          .select("webhook_deliveries.id")
          .whereRef("webhook_deliveries.webhook", "=", "webhooks.id")
          .where(isDue(now)),
      ),
    )
    .execute();
}

/** Of one webhook, the one that waits longest first. */
export async function listDueDeliveries(db: Db, webhook: string, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("webhook_deliveries")
    .select("id")
    .where(isDue(now))
    .where("webhook", "=", webhook)
    .orderBy("next_attempt_at")
    .orderBy("created_at")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Of a delivery. The state is a literal, as in the partial index that finds those that wait. */
function isDue(now: number): RawBuilder<boolean> {
  return sql<boolean>`(state = 'pending' and next_attempt_at <= ${now}
    and (claimed_until is null or claimed_until <= ${now}))`;
}

/** What a process of this machine had on its way when it was killed is due again, before its claims run out. */
export async function releaseAbandonedClaims(db: Db): Promise<void> {
  const claimed = db
    .selectFrom("webhook_deliveries")
    .select("claimed_by")
    .distinct()
    .where("state", "=", sql.lit("pending"));
  const claimants = (await claimed.where("claimed_by", "is not", null).execute()).map((row) => row.claimed_by ?? "");
  const abandoned = claimants.filter(isAbandoned);
  if (abandoned.length === 0) return;
  const free = { claimed_by: null, claimed_until: null };
  await db.updateTable("webhook_deliveries").set(free).where("claimed_by", "in", abandoned).execute();
}

/**
 * Takes a delivery that is still due; false when somebody else was faster. In one statement, so that two instances
 * never both take it: the second one waits for the row and sees the claim.
 */
export async function claimDelivery(
  db: Db,
  id: string,
  now: number,
  claim: { claimed_by: string; claimed_until: number },
): Promise<boolean> {
  const result = await db
    .updateTable("webhook_deliveries")
    .set(claim)
    .where("id", "=", id)
    .where(isDue(now))
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * False when the claim was lost: somebody else sends it by now. Of an answer nothing is kept once the message was
 * erased, also when that happens at the same moment.
 */
export async function updateClaimedDelivery(
  db: Db,
  id: string,
  claimedBy: string,
  change: Updateable<WebhookDeliveryTable>,
  answer?: { response: string | null; withheld: "private_address" | null },
): Promise<boolean> {
  const unlessErased = <T extends string>(value: T | null, erased: T | null) =>
    sql<T | null>`case when response_withheld = 'erased' then ${erased} else ${value} end`;
  const result = await db
    .updateTable("webhook_deliveries")
    .set({ ...change, claimed_by: null, claimed_until: null })
    .$if(answer !== undefined, (query) =>
      query.set({
        response: unlessErased(answer?.response ?? null, null),
        response_withheld: unlessErased<"private_address" | "erased">(answer?.withheld ?? null, "erased"),
      }),
    )
    .where("id", "=", id)
    .where("claimed_by", "=", claimedBy)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** What waits is not sent any more; an attempt under way keeps its claim, and its result is noted. */
export async function cancelPendingDeliveries(db: Db, webhook: string): Promise<void> {
  await db
    .updateTable("webhook_deliveries")
    .set({ state: "cancelled", next_attempt_at: null })
    .where("webhook", "=", webhook)
    .where("state", "=", "pending")
    .execute();
}

/** How many were deleted. What is on its way still is kept, however old. */
export async function deleteDeliveriesBefore(db: Db, before: number, limit: number): Promise<number> {
  const old = db
    .selectFrom("webhook_deliveries")
    .select("id")
    .where("created_at", "<", before)
    .where("state", "!=", "pending")
    .orderBy("created_at")
    .limit(limit);
  const result = await db.deleteFrom("webhook_deliveries").where("id", "in", old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Of which nothing is told any more. How many were deleted. */
export async function deleteMessagesBefore(db: Db, before: number, limit: number): Promise<number> {
  const old = db
    .selectFrom("webhook_messages")
    .select("webhook_messages.id")
    .where("webhook_messages.created_at", "<", before)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("webhook_deliveries")
            .select("webhook_deliveries.id")
            .whereRef("webhook_deliveries.message", "=", "webhook_messages.id"),
        ),
      ),
    )
    .limit(limit);
  const result = await db.deleteFrom("webhook_messages").where("id", "in", old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

const MESSAGES_AT_ONCE = 500;

/** A message is about what its audit record is about, whose id it has; one without a record names its token. */
function messagesAbout({ customer, tokens }: { customer: string | null; tokens: readonly string[] }) {
  return sql<boolean>`(${customer === null ? sql`1 = 0` : sql`customer = ${customer}`} or ${
    tokens.length === 0
      ? sql`1 = 0`
      : sql`token in (${sql.join(tokens)}) or id in (select 'msg_' || substr(audit_events.id, 5) from audit_events
          where target_id in (${sql.join(tokens)}))`
  })`;
}

/** By id, the next ones after `after`. */
export async function listMessagesAbout(
  db: Db,
  about: { customer: string | null; tokens: readonly string[] },
  after: string,
): Promise<MessageRow[]> {
  return await db
    .selectFrom("webhook_messages")
    .selectAll()
    .where(messagesAbout(about))
    .where("id", ">", after)
    .orderBy("id")
    .limit(MESSAGES_AT_ONCE)
    .execute();
}

/**
 * What a receiver answered may repeat what it was sent. An attempt may be under way, so that nothing that is answered
 * from now on is kept either.
 */
export async function updateErasedMessage(db: Db, id: string, data: string): Promise<void> {
  await db.updateTable("webhook_messages").set({ data, personal_values: null }).where("id", "=", id).execute();
  await db
    .updateTable("webhook_deliveries")
    .set({ response: null, response_withheld: "erased" })
    .where("message", "=", id)
    .execute();
}
