import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import type { Database, Db } from "../../schema.ts";
import { listSealedRows } from "../audit/index.ts";
import type { AuditRow } from "../audit/index.ts";
import { deleteNotices, listNotices } from "../notices/index.ts";
import { insertDelivery, insertMessageIfNew } from "./delivery-queries.ts";
import { contentOf, eventOf } from "./audited-events.ts";
import { lockCursorRow, moveCursor, readCursorRow } from "./dispatch-queries.ts";
import { wants } from "./event-types.ts";
import { eventsOf } from "./webhook-presenter.ts";
import { listEnabledWebhooks } from "./webhook-queries.ts";
import type { WebhookRow } from "./webhook-queries.ts";

const RECORDS_AT_ONCE = 200;

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
  read: (trx: Db) => Promise<{ data: object; personal: object | null; customer: string | null }>;
}

/**
 * Turns what happened into a delivery for each webhook that wants it: sealed audit records after the cursor, and
 * notices. The cause was committed with its record, and the cursor moves with the deliveries, so a crash at any moment
 * neither loses nor doubles an event. Returns how many deliveries were made.
 */
export async function dispatchEvents(deps: DispatchDeps): Promise<number> {
  let made = 0;
  for (;;) {
    const batch = await dispatchSome(deps);
    made += batch.made;
    if (!batch.isFull) return made;
  }
}

async function dispatchSome(deps: DispatchDeps): Promise<{ made: number; isFull: boolean }> {
  const { db } = deps.database;
  // Looking takes no lock: most of the time nothing happened.
  const isIdle =
    (await listSealedRows(db, await readCursorRow(db), 1)).length === 0 && (await listNotices(db, 1)).length === 0;
  if (isIdle) return { made: 0, isFull: false };
  return await deps.database.transaction(async (trx) => {
    const cursor = await lockCursorRow(trx, deps.database.engine);
    const records = await listSealedRows(trx, cursor, RECORDS_AT_ONCE);
    const notices = await listNotices(trx, RECORDS_AT_ONCE);
    const webhooks = await listEnabledWebhooks(trx);
    const happenings = [...records.flatMap(fromRecord), ...notices.map(fromNotice)];
    let made = 0;
    for (const happening of happenings) made += await deliverTo(deps, trx, webhooks, happening);
    const last = records.at(-1)?.sequence;
    if (last !== undefined && last !== null) await moveCursor(trx, last);
    await deleteNotices(
      trx,
      notices.map(({ id }) => id),
    );
    return { made, isFull: records.length === RECORDS_AT_ONCE || notices.length === RECORDS_AT_ONCE };
  });
}

async function deliverTo(
  deps: DispatchDeps,
  trx: Db,
  webhooks: readonly WebhookRow[],
  { id, type, shop, occurredAt, read }: Happening,
): Promise<number> {
  const wanting = webhooks.filter(
    (webhook) =>
      (shop === null || shop === webhook.shop) &&
      // What was before is nothing to a webhook that was made since.
      webhook.created_at <= occurredAt &&
      wants(eventsOf(webhook), type),
  );
  if (wanting.length === 0) return 0;
  const { data, personal, customer } = await read(trx);
  const now = nowSeconds(deps.clock);
  await insertMessageIfNew(trx, {
    ...{ id, type, customer, occurred_at: occurredAt, data: JSON.stringify(data), created_at: now },
    personal_values: personal === null ? null : JSON.stringify(personal),
  });
  for (const webhook of wanting) await insertDelivery(trx, newDelivery(webhook.id, id, now));
  return wanting.length;
}

/** Due at once. */
export function newDelivery(webhook: string, message: string, now: number) {
  return {
    ...{ id: newId("dlv"), webhook, message, state: "pending" as const, attempts: "[]", response: null },
    ...{ next_attempt_at: now, claimed_by: null, claimed_until: null, created_at: now },
  };
}

function fromNotice(notice: Awaited<ReturnType<typeof listNotices>>[number]): Happening {
  const { id, type, shop, occurred_at: occurredAt, data } = notice;
  const content = { data: JSON.parse(data) as object, personal: null, customer: null };
  return { id, type, shop, occurredAt, read: () => Promise.resolve(content) };
}

function fromRecord(record: AuditRow): Happening[] {
  const type = eventOf(record);
  if (type === undefined) return [];
  return [
    {
      id: record.id.replace(/^evt_/, "msg_"),
      ...{ type, shop: record.shop, occurredAt: record.occurred_at },
      read: (trx) => contentOf(trx, record),
    },
  ];
}
