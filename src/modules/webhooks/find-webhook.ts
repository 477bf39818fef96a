import { AppError } from "../../platform/errors.ts";
import type { Engine } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { findWebhookRow, lockWebhook } from "./webhook-queries.ts";
import type { WebhookRow } from "./webhook-queries.ts";

/**
 * A webhook of a shop that the caller sees; 404 otherwise. It tells of everything in its shop, so that a caller with a
 * package bound sees none.
 */
export async function getVisibleWebhook(db: Db, caller: Caller, id: string): Promise<WebhookRow> {
  const row = caller.packageBound === null ? await findWebhookRow(db, id) : undefined;
  if (row === undefined || (caller.shop !== null && caller.shop !== row.shop)) {
    throw new AppError("resource.not_found", "There is no such webhook.");
  }
  return row;
}

/** The same, held until the transaction ends: changes follow one another. */
export async function getWebhookForChange(trx: Db, engine: Engine, caller: Caller, id: string): Promise<WebhookRow> {
  await lockWebhook(trx, engine, id);
  return await getVisibleWebhook(trx, caller, id);
}
