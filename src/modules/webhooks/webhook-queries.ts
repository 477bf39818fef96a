import type { Insertable, Selectable, Updateable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { PageEnd } from "../../platform/http/paging.ts";
import type { Db, WebhookTable } from "../../schema.ts";

export type WebhookRow = Selectable<WebhookTable>;

export async function insertWebhook(db: Db, row: Insertable<WebhookTable>): Promise<void> {
  await db.insertInto("webhooks").values(row).execute();
}

/** Removed ones stay in the table for as long as deliveries name them, and are found by nobody. */
export async function findWebhookRow(db: Db, id: string): Promise<WebhookRow | undefined> {
  return await db
    .selectFrom("webhooks")
    .selectAll()
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
}

/** Holds the row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockWebhook(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("webhooks").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

/** Holds the shop's row, so that two that are made at once count each other. */
export async function lockShop(db: Db, engine: Engine, shop: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("shops").select("name").where("name", "=", shop).forNoKeyUpdate().execute();
}

export async function countWebhooks(db: Db, shop: string): Promise<number> {
  const query = db.selectFrom("webhooks").where("shop", "=", shop).where("removed_at", "is", null);
  return (await query.select((e) => e.fn.countAll<number>().as("count")).executeTakeFirstOrThrow()).count;
}

/** Newest first; of every shop where none is named. */
export async function listWebhookRows(
  db: Db,
  shop: string | null,
  page: { after: PageEnd | undefined; limit: number },
): Promise<WebhookRow[]> {
  let query = db.selectFrom("webhooks").selectAll().where("removed_at", "is", null);
  if (shop !== null) query = query.where("shop", "=", shop);
  if (page.after !== undefined) {
    const { at, id } = page.after;
    query = query.where((where) =>
      where.or([where("created_at", "<", at), where.and([where("created_at", "=", at), where("id", "<", id)])]),
    );
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
}

/** Of the webhooks that a management token or a user made, those that go on sending. */
export async function countEnabledWebhooksOf(db: Db, createdBy: string): Promise<number> {
  const query = db.selectFrom("webhooks").where("created_by", "=", createdBy).where("enabled", "=", 1);
  return (await query.select((e) => e.fn.countAll<number>().as("count")).executeTakeFirstOrThrow()).count;
}

/** Secrets that were replaced, and whose time to sign besides is over. */
export async function forgetPreviousSecrets(db: Db, now: number): Promise<void> {
  await db
    .updateTable("webhooks")
    .set({ sealed_previous_secret: null, previous_secret_expires_at: null })
    .where("previous_secret_expires_at", "<=", now)
    .execute();
}

/** Of which no delivery is left. */
export async function deleteRemovedWebhooks(db: Db): Promise<void> {
  await db
    .deleteFrom("webhooks")
    .where("removed_at", "is not", null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("webhook_deliveries")
            .select("webhook_deliveries.id")
            .whereRef("webhook_deliveries.webhook", "=", "webhooks.id"),
        ),
      ),
    )
    .execute();
}

/** Those that events are sent to. */
export async function listEnabledWebhooks(db: Db): Promise<WebhookRow[]> {
  return await db
    .selectFrom("webhooks")
    .selectAll()
    .where("enabled", "=", 1)
    .where("removed_at", "is", null)
    .orderBy("id")
    .execute();
}

export async function updateWebhookRow(db: Db, id: string, change: Updateable<WebhookTable>): Promise<WebhookRow> {
  return await db.updateTable("webhooks").set(change).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}
