import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Engine } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import {
  deleteDeliveriesBefore,
  deleteMessagesBefore,
  listMessagesAbout,
  updateErasedMessage,
} from "./delivery-queries.ts";
import { lockCursorRow } from "./dispatch-queries.ts";
import { deleteRemovedWebhooks, forgetPreviousSecrets } from "./webhook-queries.ts";

const KEPT_SECONDS = 30 * 24 * 3600;
/** A few milliseconds of work: others write between two such pieces. */
const ROWS_AT_ONCE = 500;

/**
 * Deletes deliveries that are older than 30 days, messages and removed webhooks that none is left of, and secrets that
 * sign no more.
 */
export async function forgetOldDeliveries(
  deps: { database: Pick<Database, "db">; clock: Clock },
  isStopped: () => boolean = () => false,
): Promise<void> {
  const { db } = deps.database;
  const now = nowSeconds(deps.clock);
  await forgetPreviousSecrets(db, now);
  const before = now - KEPT_SECONDS;
  for (const deleteSome of [deleteDeliveriesBefore, deleteMessagesBefore]) {
    while (!isStopped() && (await deleteSome(db, before, ROWS_AT_ONCE)) === ROWS_AT_ONCE) await setImmediate();
  }
  await deleteRemovedWebhooks(db);
}

/** Whose messages are meant: of a customer (`customers.id`, null for guests), and about these tokens. */
export interface MessagesAbout {
  customer: string | null;
  tokens: readonly string[];
}

/**
 * Takes what identifies a customer out of the messages of the last 30 days, within the transaction of whoever erases
 * the customer: the address, the shop's ids of the customer and the orders, and what receivers answered. What was sent
 * already is with its receiver. No message is made meanwhile of what the customer was before.
 */
export async function eraseCustomerFromDeliveries(trx: Db, engine: Engine, about: MessagesAbout): Promise<void> {
  await lockCursorRow(trx, engine);
  for await (const message of walkMessages(trx, about)) {
    await updateErasedMessage(trx, message.id, JSON.stringify(withoutPerson(JSON.parse(message.data))));
  }
}

const NAMES_A_PERSON = ["customer_id", "into_customer_id", "customer_email", "order_id"];

/** Of what happened and of the sides before and after it. */
function withoutPerson(data: unknown): unknown {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, NAMES_A_PERSON.includes(name) ? null : withoutPerson(value)]),
  );
}

/** What an export of everything that is held of somebody says of a message. */
export interface HeldMessage {
  id: string;
  type: string;
  occurred_at: number;
  data: Record<string, unknown>;
  personal_values: Record<string, unknown> | null;
}

/** The messages of the last 30 days about somebody, oldest first. */
export async function listHeldMessages(db: Db, about: MessagesAbout): Promise<HeldMessage[]> {
  const held: HeldMessage[] = [];
  for await (const { id, type, occurred_at, data, personal_values } of walkMessages(db, about)) {
    const personal = personal_values === null ? null : (JSON.parse(personal_values) as Record<string, unknown>);
    held.push({ id, type, occurred_at, data: JSON.parse(data) as Record<string, unknown>, personal_values: personal });
  }
  return held;
}

async function* walkMessages(db: Db, about: MessagesAbout) {
  for (let after = ""; ;) {
    const messages = await listMessagesAbout(db, about, after);
    yield* messages;
    const last = messages.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
