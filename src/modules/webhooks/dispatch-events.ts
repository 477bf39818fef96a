import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import type { Database, Db } from "../../schema.ts";
import { listSealedRows } from "../audit/index.ts";
import type { AuditRow } from "../audit/index.ts";
import { deleteNotices, listNotices } from "../notices/index.ts";
import { insertDeliveries, insertMessageIfNew } from "./delivery-queries.ts";
import { contentOf, eventOf } from "./audited-events.ts";
import { lockCursorRow, moveCursor, readCursorRow } from "./dispatch-queries.ts";
import { wants } from "./event-types.ts";
import { contentOfNotice } from "./noticed-events.ts";
import { eventsOf } from "./webhook-presenter.ts";
import { listEnabledWebhooks } from "./webhook-queries.ts";
import type { WebhookRow } from "./webhook-queries.ts";

/** So many records and notices are read for one piece of work. */
const CAUSES_AT_ONCE = 50;
/** About as many as SQLite writes within 20 milliseconds. */
const DELIVERIES_AT_ONCE = 500;
const BYTES_AT_ONCE = 1_000_000;

export interface DispatchDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  clock: Clock;
}

/** Something that happened, before it is known who wants to hear it. */
interface Happening {
  /** The same whenever it is made of the same cause. */
  id: string;
  type: string;
  /** null concerns every shop. */
  shop: string | null;
  occurredAt: number;
  /** Read only when somebody wants it. */
  read: (trx: Db) => Promise<{
    data: object;
    personal: object | null;
    customer: string | null;
    token?: string | null;
  }>;
}

/**
 * Turns what happened into a delivery for each webhook that wants it: sealed audit records after the cursor, and
 * notices. The cause was committed with its record, and the cursor moves with the deliveries, so a crash at any moment
 * neither loses nor doubles an event. One piece of it, because on SQLite everybody waits for the transaction; returns
 * whether there may be more.
 */
export async function dispatchSome(deps: DispatchDeps): Promise<boolean> {
  const { db } = deps.database;
  // Looking takes no lock: most of the time nothing happened.
  const isIdle =
    (await listSealedRows(db, await readCursorRow(db), 1)).length === 0 && (await listNotices(db, 1)).length === 0;
  if (isIdle) return false;
  return await deps.database.transaction(async (trx) => {
    const cursor = await lockCursorRow(trx, deps.database.engine);
    const records = await listSealedRows(trx, cursor, CAUSES_AT_ONCE);
    const notices = await listNotices(trx, CAUSES_AT_ONCE);
    const piece: Piece = { webhooks: await listEnabledWebhooks(trx), deliveries: [], bytes: 0 };
    let last: number | null = null;
    for (const record of records) {
      if (!hasRoom(piece)) break;
      const happening = fromRecord(record);
      if (happening !== undefined) await deliverTo(deps, trx, piece, happening);
      last = record.sequence;
    }
    const told: string[] = [];
    for (const notice of notices) {
      if (!hasRoom(piece)) break;
      await deliverTo(deps, trx, piece, fromNotice(notice));
      told.push(notice.id);
    }
    await insertDeliveries(trx, piece.deliveries);
    if (last !== null) await moveCursor(trx, last);
    await deleteNotices(trx, told);
    return !hasRoom(piece) || records.length === CAUSES_AT_ONCE || notices.length === CAUSES_AT_ONCE;
  });
}

/** What one transaction makes. */
interface Piece {
  readonly webhooks: readonly WebhookRow[];
  readonly deliveries: ReturnType<typeof newDelivery>[];
  bytes: number;
}

/** One event is told whole, however many want it. */
function hasRoom({ deliveries, bytes }: Piece): boolean {
  return deliveries.length < DELIVERIES_AT_ONCE && bytes < BYTES_AT_ONCE;
}

async function deliverTo(
  deps: DispatchDeps,
  trx: Db,
  piece: Piece,
  { id, type, shop, occurredAt, read }: Happening,
): Promise<void> {
  const wanting = piece.webhooks.filter(
    (webhook) =>
      (shop === null || shop === webhook.shop) &&
      // What was before is nothing to a webhook that was made since.
      webhook.created_at <= occurredAt &&
      wants(eventsOf(webhook), type),
  );
  if (wanting.length === 0) return;
  const content = await read(trx);
  const data = JSON.stringify(content.data);
  const now = nowSeconds(deps.clock);
  await insertMessageIfNew(trx, {
    ...{ id, type, customer: content.customer, token: content.token ?? null },
    ...{ occurred_at: occurredAt, data, created_at: now },
    personal_values: content.personal === null ? null : JSON.stringify(content.personal),
  });
  piece.bytes += data.length;
  piece.deliveries.push(...wanting.map((webhook) => newDelivery(webhook.id, id, now)));
}

/** Due at once. */
export function newDelivery(webhook: string, message: string, now: number) {
  return {
    ...{ id: newId("dlv"), webhook, message, state: "pending" as const, attempts: "[]" },
    ...{ response: null, response_withheld: null },
    ...{ next_attempt_at: now, claimed_by: null, claimed_until: null, created_at: now },
  };
}

function fromNotice(notice: Awaited<ReturnType<typeof listNotices>>[number]): Happening {
  const { id, type, shop, occurred_at: occurredAt } = notice;
  return { id, type, shop, occurredAt, read: (trx) => contentOfNotice(trx, notice) };
}

/** Undefined for what is internal. */
function fromRecord(record: AuditRow): Happening | undefined {
  const type = eventOf(record);
  if (type === undefined) return undefined;
  return {
    id: record.id.replace(/^evt_/, "msg_"),
    ...{ type, shop: record.shop, occurredAt: record.occurred_at },
    read: (trx) => contentOf(trx, record),
  };
}
