import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Db, WebhookDeliveryState } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import {
  findDeliveries,
  findDelivery,
  insertDeliveries,
  insertMessageIfNew,
  listDeliverySizes,
} from "./delivery-queries.ts";
import { newDelivery } from "./dispatch-events.ts";
import { TEST_EVENT } from "./event-types.ts";
import { getVisibleWebhook, getWebhookForChange } from "./find-webhook.ts";
import { record } from "./manage-webhooks.ts";
import type { WebhookDeps } from "./manage-webhooks.ts";
import { presentDelivery } from "./webhook-presenter.ts";
import type { PresentedDelivery } from "./webhook-presenter.ts";
import type { WebhookRow } from "./webhook-queries.ts";

const DEFAULT_LIMIT = 100;
/** A message can have 500 kB, and a page a thousand messages. */
const PAGE_MAX_BYTES = 1_000_000;

/** A page of the log, newest first. Where messages are large it ends early; one it always has. */
export async function listDeliveries(
  deps: WebhookDeps,
  caller: Caller,
  id: string,
  query: { state?: WebhookDeliveryState | undefined; limit?: number | undefined; cursor?: string | undefined },
): Promise<{ deliveries: PresentedDelivery[]; nextCursor: string | undefined }> {
  await getVisibleWebhook(deps.database.db, caller, id);
  const { state, limit = DEFAULT_LIMIT } = query;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "dlv");
  const sizes = await listDeliverySizes(deps.database.db, id, { state, after, limit: limit + 1 });
  let bytes = 0;
  const fitting = sizes.slice(0, limit).filter((row, index) => (bytes += row.bytes) <= PAGE_MAX_BYTES || index === 0);
  const page = await findDeliveries(
    deps.database.db,
    fitting.map((row) => row.id),
  );
  const last = page.at(-1);
  return {
    deliveries: page.map(presentDelivery),
    nextCursor:
      sizes.length > fitting.length && last !== undefined
        ? writeCursor({ at: last.created_at, id: last.id })
        : undefined,
  };
}

/** Sent like every other message, so that what it shows is how the others fare. */
export async function testWebhook(deps: WebhookDeps, caller: Caller, id: string): Promise<PresentedDelivery> {
  return await deps.database.transaction(async (trx) => {
    const webhook = await getEnabledWebhook(deps, trx, caller, id);
    const now = nowSeconds(deps.clock);
    const message = newTimeOrderedId("msg", deps.clock.nowMs());
    const data = JSON.stringify({ webhook_id: id, shop: webhook.shop });
    await insertMessageIfNew(trx, {
      ...{ id: message, type: TEST_EVENT, customer: null, occurred_at: now, data, personal_values: null },
      created_at: now,
    });
    return await send(deps, trx, caller, webhook, { message, action: "webhook.test_requested" });
  });
}

/** The same message with the same id: whoever has it already can tell, and whoever has not gets what was missed. */
export async function replayDelivery(
  deps: WebhookDeps,
  caller: Caller,
  id: string,
  deliveryId: string,
): Promise<PresentedDelivery> {
  return await deps.database.transaction(async (trx) => {
    const row = await findVisibleDelivery(trx, caller, id, deliveryId);
    const webhook = await getEnabledWebhook(deps, trx, caller, id);
    if (row.state === "pending") {
      throw new AppError("resource.conflict", "This delivery is pending: it is tried again by itself.");
    }
    return await send(deps, trx, caller, webhook, { message: row.message, action: "webhook.delivery_replayed" });
  });
}

async function findVisibleDelivery(trx: Db, caller: Caller, id: string, deliveryId: string) {
  await getVisibleWebhook(trx, caller, id);
  const row = await findDelivery(trx, id, deliveryId);
  if (row === undefined)
    throw new AppError("resource.not_found", "There is no such delivery; they are kept for 30 days.");
  return row;
}

async function getEnabledWebhook(deps: WebhookDeps, trx: Db, caller: Caller, id: string): Promise<WebhookRow> {
  const webhook = await getWebhookForChange(trx, deps.database.engine, caller, id);
  if (webhook.enabled === 1) return webhook;
  throw new AppError("resource.conflict", "This webhook is disabled; enable it first.");
}

async function send(
  deps: WebhookDeps,
  trx: Db,
  caller: Caller,
  webhook: WebhookRow,
  { message, action }: { message: string; action: string },
): Promise<PresentedDelivery> {
  const delivery = newDelivery(webhook.id, message, nowSeconds(deps.clock));
  await insertDeliveries(trx, [delivery]);
  await record(deps, trx, caller, webhook, { action, details: { after: { delivery: delivery.id, message } } });
  const row = await findDelivery(trx, webhook.id, delivery.id);
  if (row === undefined) throw new AppError("internal.unexpected", "The delivery could not be stored.");
  return presentDelivery(row);
}
