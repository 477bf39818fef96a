import { AppError, invalidField } from "../../platform/errors.ts";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import {
  ensureCustomer,
  findCustomer,
  holdCustomer,
  holdHolderOfOrder,
  insertShopIfMissing,
  withItsShop,
} from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { holdOrder } from "../order-states/index.ts";
import { tokenChanged } from "../tokens/index.ts";
import { auditableLine } from "./line-presenter.ts";
import { listTokensReadingCustomer } from "./line-queries.ts";
import type { Standing } from "./line-state.ts";
import { WHOLE, openHistory } from "./order-history.ts";
import type { OpenHistory } from "./order-history.ts";

export interface GrantDeps extends AuditDeps {
  clock: Clock;
  database: Pick<Database, "db" | "engine" | "transaction">;
}

/** How far a shop's clock may be ahead of ours. */
const AHEAD_SECONDS_MAX = 300;

/** A caller that acts for the shop in the path; another one than a management token's own does not exist for it. */
export async function withShopOfPath<C extends Caller>(db: Db, caller: C, shop: string): Promise<C & { shop: string }> {
  if (caller.shop !== null && caller.shop !== shop) throw noSuchShop();
  return await withItsShop(db, { ...caller, shop });
}

function noSuchShop(): AppError {
  return new AppError("resource.not_found", "There is no such shop.", {
    errors: [{ pointer: "{shop}", detail: "is not the shop of this management token" }],
  });
}

/** A time far ahead of ours would shut out everything that happens until then. */
export function refuseFuture(occurredAt: number | null | undefined, now: number, pointer: string): void {
  if (occurredAt === null || occurredAt === undefined || occurredAt <= now + AHEAD_SECONDS_MAX) return;
  const detail = `lies ${occurredAt - now} seconds in the future of this server's clock, which says ${now}; send the time of the event in Unix seconds (UTC)`;
  throw invalidField(pointer, detail);
}

/** What the functions that work within somebody's transaction need of it. */
export type HeldDeps = AuditDeps & { clock: Clock };

/** Everything known of an order while nobody else changes anything of the customer. */
export interface OpenOrder extends OpenHistory {
  trx: Db;
  changed: RecordChange;
  customer: CustomerRow;
}

/** Makes the customer if need be, and holds it and the order until the transaction ends; nothing is held before. */
export async function openOrder(
  deps: GrantDeps,
  trx: Db,
  changed: RecordChange,
  path: { shop: string; customer_id: string; order_id: string },
): Promise<OpenOrder> {
  const now = nowSeconds(deps.clock);
  await insertShopIfMissing(trx, path.shop, now);
  // Nobody gives it away between the look at whose it is and what is done to it.
  await holdOrder(trx, deps.database.engine, path.shop, path.order_id);
  const buyer = { customerId: path.customer_id, email: null };
  const seller = { shop: path.shop, packageBound: null };
  const { id } = await ensureCustomer(trx, seller, buyer, now);
  const moved = await holdHolderOfOrder(trx, deps.database.engine, id, path.order_id);
  if (moved !== undefined) return await openHeldOrder(deps, trx, changed, moved, path.order_id);
  await holdCustomer(trx, deps.database.engine, id);
  const customer = await findCustomer(trx, path.shop, path.customer_id);
  // Erased or renamed while we waited for it: somebody new is meant, or it is refused.
  if (customer?.id !== id || customer.erased_at !== null) return await openOrder(deps, trx, changed, path);
  return await openHeldOrder(deps, trx, changed, customer, path.order_id);
}

/** The same of a customer that is held already. */
export async function openHeldOrder(
  deps: { clock: Clock },
  trx: Db,
  changed: RecordChange,
  customer: CustomerRow,
  orderId: string,
): Promise<OpenOrder> {
  const history = await openHistory(trx, customer.id, orderId, nowSeconds(deps.clock));
  return { trx, changed, customer, ...history };
}

export function noSuchLine(): AppError {
  return new AppError("resource.not_found", "There is no such grant.");
}

/** What an event did to a line, as it stands for whoever told it. */
export interface LineChange {
  action: string;
  line: string;
  before: Standing;
  after: Standing;
  occurredAt: number;
  /** Further facts for the audit record. */
  more?: Record<string, unknown>;
  /** What somebody says of it; beside the record, never in it. */
  reason?: string | undefined;
}

/** The record of what an event did to a line; an event that changed nothing of what is in force is told apart. */
export async function recordLineChange(
  deps: AuditDeps,
  caller: Pick<Caller, "actor">,
  { trx, customer, orderId, now }: OpenOrder,
  event: LineChange,
): Promise<void> {
  const [before, after] = [auditableLine(event.before, now), auditableLine(event.after, now)];
  const isIgnored = JSON.stringify(before) === JSON.stringify(after);
  const place = { order_id: orderId, line: event.line === WHOLE ? null : event.line, occurred_at: event.occurredAt };
  await recordAuditEvent(deps, trx, caller.actor, {
    action: isIgnored ? "grant.event_remembered" : event.action,
    target: { kind: "customer", id: customer.id },
    ...{ shop: customer.shop, customer: customer.id },
    details: { before: { ...place, grant: before }, after: { ...place, grant: after }, ...event.more },
    ...(event.reason === undefined ? {} : { personal: { reason: event.reason } }),
  });
}

/** Every token that reads the customer's grants sees the change with its next request. */
export async function tellTokens(trx: Db, changed: RecordChange, customer: string): Promise<void> {
  for (const id of await listTokensReadingCustomer(trx, customer)) changed(tokenChanged(id));
}
