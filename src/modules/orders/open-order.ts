import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Engine, RecordChange } from "../../platform/database/index.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { holdCustomer, insertShopIfMissing, withItsShop } from "../customers/index.ts";
import { holdOrder, listOrderStates, storeOrderState, writeBound } from "../order-states/index.ts";
import type { OrderStateRow } from "../order-states/index.ts";
import type { MailingDeps } from "../tokens/index.ts";
import { listKnownStates } from "./known-states.ts";
import { choosePartyOf, keysOf, listParties, warningsOf } from "./order-buyers.ts";
import type { NamedBuyer, OrderParty } from "./order-buyers.ts";
import { listTokensOfOrder, lockTokensOfOrder } from "./order-queries.ts";
import type { CustomerBudgets } from "../grants/index.ts";

export interface OrderDeps extends AuditDeps, MailingDeps {
  budgets: CustomerBudgets;
  database: Pick<Database, "db" | "engine" | "transaction">;
}

/** What a transaction of the database hands to its work. */
type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** What is to be done to which order, and whose. */
export interface OrderAction {
  orderId: string;
  named: NamedBuyer;
  reason: string | undefined;
}

/** Everything of an order of one buyer, held while something is done to all of it. */
export interface HeldOrder {
  trx: Transaction;
  changed: RecordChange;
  caller: Caller & { shop: string };
  orderId: string;
  party: OrderParty;
  keys: [string, ...string[]];
  /** What was done to it as a whole before, by whomever. */
  states: OrderStateRow[];
  /** What of that exists for the caller. */
  known: OrderStateRow[];
  /** Whether anything of it exists for the caller, or this is the first that is heard of it. */
  isKnown: boolean;
  warnings: string[];
  now: number;
}

/**
 * Does something to an order of one buyer in one transaction, while nothing else can happen to it or be sold under its
 * number. Undefined where nobody is named and nothing is known of the order.
 */
export async function withOrder<Result>(
  deps: OrderDeps,
  principal: Caller,
  { orderId, named }: OrderAction,
  work: (held: HeldOrder) => Promise<Result>,
): Promise<Result | undefined> {
  const caller = await withItsShop(deps.database.db, principal);
  const { engine } = deps.database;
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    await insertShopIfMissing(trx, caller.shop, now);
    await holdOrder(trx, engine, caller.shop, orderId);
    const opened = await openParty(trx, engine, caller, { orderId, named, now });
    if (opened === undefined) return undefined;
    const { parties, party } = opened;
    const keys = keysOf(party);
    const states = await listOrderStates(trx, caller.shop, orderId, keys);
    const known = await listKnownStates(trx, caller, { orderId, party, states });
    return await work({
      trx,
      changed,
      caller,
      orderId,
      party,
      keys,
      states,
      known,
      isKnown: known.length > 0 || party.tokens.length > 0 || isAmong(parties, party),
      warnings: warningsOf(parties, party),
      now,
    });
  });
}

interface OpenParty {
  parties: readonly OrderParty[];
  /** Held, and its tokens. */
  party: OrderParty;
}

/**
 * The buyer that is meant. Whoever changes a token holds its customer first, so here too; and looks again, for what
 * was somebody else's by the time it was held.
 */
async function openParty(
  trx: Transaction,
  engine: Engine,
  caller: Caller & { shop: string },
  asked: { orderId: string; named: NamedBuyer; now: number },
): Promise<OpenParty | undefined> {
  const { orderId, named, now } = asked;
  const find = async (): Promise<OpenParty | undefined> => {
    const parties = await listParties(trx, caller, orderId, await listTokensOfOrder(trx, caller, orderId));
    const party = await choosePartyOf(trx, caller, orderId, { parties, named, now });
    return party && { parties, party };
  };
  const seen = await find();
  if (seen === undefined || engine === "sqlite") return seen;
  const { party } = seen;
  if (party.customer !== undefined) await holdCustomer(trx, engine, party.customer.id);
  const held = new Set(party.tokens.map(({ id }) => id));
  await lockTokensOfOrder(trx, engine, orderId, [...held]);
  const opened = await find();
  if (opened === undefined) return undefined;
  const isHeld =
    opened.party.customer?.id === party.customer?.id && opened.party.tokens.every(({ id }) => held.has(id));
  return isHeld ? opened : await openParty(trx, engine, caller, asked);
}

function isAmong(parties: readonly OrderParty[], { customer }: OrderParty): boolean {
  return customer !== undefined && parties.some((party) => party.customer?.id === customer.id);
}

/** Throws `resource.not_found` where there is nothing that could be taken back. */
export function refuseUnknown({ isKnown }: HeldOrder): void {
  if (!isKnown) throw noSuchOrder();
}

export function noSuchOrder(): AppError {
  return new AppError("resource.not_found", "There is no such order.");
}

/** Remembers something of the order within the caller's bound, under every name that its buyer has in it. */
export async function rememberState(
  held: HeldOrder,
  change: Partial<Pick<OrderStateRow, "revoked_at" | "suspended_at" | "revocation" | "cancellations_before">>,
): Promise<void> {
  const { trx, caller, orderId, keys, states, now } = held;
  const within = writeBound(caller.packageBound);
  for (const buyer of keys) {
    const before = states.find((state) => state.buyer === buyer && state.within === within);
    await storeOrderState(trx, {
      ...{ shop: caller.shop, order_id: orderId, buyer, within },
      revoked_at: before?.revoked_at ?? null,
      suspended_at: before?.suspended_at ?? null,
      revocation: before?.revocation ?? 0,
      cancellations_before: before?.cancellations_before ?? null,
      created_at: before?.created_at ?? now,
      updated_at: now,
      ...change,
    });
  }
}

/** The record of what was done to the order; what is said of a guest is kept with the guest's tokens only. */
export async function recordOrderEvent(
  deps: AuditDeps,
  { trx, caller, orderId, party }: HeldOrder,
  action: "order.revoked" | "order.restored" | "order.suspended" | "order.resumed",
  after: Record<string, unknown>,
  reason: string | undefined,
): Promise<void> {
  const customer = party.customer?.id ?? null;
  await recordAuditEvent(deps, trx, caller.actor, {
    action,
    target: { kind: "order", id: orderId },
    ...{ shop: caller.shop, customer },
    details: { after },
    ...(reason === undefined || customer === null ? {} : { personal: { reason } }),
  });
}
