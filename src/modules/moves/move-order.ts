import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import { rehomeOrders } from "../customer-grants/index.ts";
import { isCustomerVisible, withItsShop } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { holdOrder } from "../order-states/index.ts";
import { labelsOfNewOwner, lockAllTokensOfCustomer, moveTokens, tokenChanged } from "../tokens/index.ts";
import type { MovedToken, TokenRow } from "../tokens/index.ts";
import { dropRevocation } from "./drop-revocation.ts";
import { previewAccess } from "./measure-access.ts";
import type { AccessChange } from "./measure-access.ts";
import type { MoveDeps } from "./move-deps.ts";
import { findOrMakeTaker, holdAll, refuseUnfit, refuseWithoutScope } from "./move-parties.ts";
import { insertMove, moveMails } from "./move-queries.ts";
import type { MoveOrderBody } from "./move-schemas.ts";
import { rememberMovedOrder } from "./moved-orders.ts";
import { NOTHING_MOVED } from "./move-undo.ts";
import type { MoveUndo } from "./move-undo.ts";
import { findBuyer } from "./order-buyers.ts";
import type { Buyer } from "./order-buyers.ts";
import { areVisible, holdsOther, lockTokensOfOrder } from "./order-queries.ts";
import { moveOrderStates } from "./order-states.ts";
import { keepWithinBudgets } from "../grants/index.ts";

export interface MovedOrder {
  /** `moves.id` */
  move: string;
  shop: string;
  to: CustomerRow;
  tokens: MovedToken[];
  warnings: string[];
}

const KEPT_CREDENTIAL =
  "The token that came with this order stays: it opens what else its customer has. The new owner needs one of their own to read the order.";

/**
 * Gives an order of one buyer to another customer of the shop, who is made if it is new: its tokens, which name the new
 * owner from then on, and its lines. What the shop tells of it under the old customer reaches it where it is.
 */
export async function moveOrder(
  deps: MoveDeps,
  principal: Principal,
  orderId: string,
  input: MoveOrderBody,
): Promise<MovedOrder> {
  refuseWithoutScope(principal, input);
  const caller = await withItsShop(deps.database.db, principal);
  return await deps.database.transaction(async (trx, changed) => {
    const open = await openOrder(deps, trx, caller, orderId, input);
    return await moveHeld(deps, trx, changed, caller, { ...open, orderId, input });
  });
}

/** What each credential of both would open that it does not now, and the other way round. Changes nothing. */
export async function previewOrderMove(
  deps: MoveDeps,
  principal: Principal,
  orderId: string,
  input: MoveOrderBody,
): Promise<AccessChange[]> {
  const caller = await withItsShop(deps.database.db, principal);
  return await previewAccess(deps, async (silent, trx, changed, measure) => {
    const open = await openOrder(silent, trx, caller, orderId, input);
    const guests = open.from === null ? open.rows : [];
    await measure([...(open.from === null ? [] : [open.from.id]), open.to.id], guests);
    await moveHeld(silent, trx, changed, caller, { ...open, orderId, input });
  });
}

interface OpenOrder {
  buyer: Buyer;
  /** null for guests. */
  from: CustomerRow | null;
  to: CustomerRow;
  /** Its tokens. */
  rows: TokenRow[];
}

type Shopkeeper = Principal & { shop: string };

async function openOrder(
  deps: MoveDeps,
  trx: Db,
  caller: Shopkeeper,
  orderId: string,
  input: MoveOrderBody,
): Promise<OpenOrder> {
  const { engine } = deps.database;
  // A sale of it that is under way comes before this, or learns of it.
  await holdOrder(trx, engine, caller.shop, orderId);
  const buyer = await findBuyer(trx, caller, orderId, input);
  const named = { customerId: input.to_customer_id, email: input.to_email ?? null };
  const taker = await findOrMakeTaker(deps, trx, caller, caller.shop, named);
  if (taker.id === buyer.customer) throw new AppError("resource.conflict", "The order is this customer's already.");
  const held = await holdAll(deps, trx, [taker.id, ...(buyer.customer === null ? [] : [buyer.customer])]);
  const to = held.get(taker.id) ?? taker;
  const from = buyer.customer === null ? null : (held.get(buyer.customer) ?? null);
  const rows = await lockTokensOfOrder(trx, engine, { shop: caller.shop, orderId, ...buyer });
  // What is hidden of it must not move, and half an order neither: it is not there, as a customer's is not.
  if (!(await areVisible(trx, caller, rows))) throw noSuchOrder();
  for (const party of [to, ...(from === null ? [] : [from])]) {
    refuseUnfit(party);
    if (!(await isCustomerVisible(trx, caller, party.id))) throw noSuchOrder();
  }
  return { buyer, from, to, rows };
}

export function noSuchOrder(): AppError {
  return new AppError("resource.not_found", "There is no such order.");
}

async function moveHeld(
  deps: MoveDeps,
  trx: Db,
  changed: RecordChange,
  caller: Shopkeeper,
  given: OpenOrder & { orderId: string; input: MoveOrderBody },
): Promise<MovedOrder> {
  const { buyer, from, to, rows, orderId, input } = given;
  const { shop } = caller;
  const now = nowSeconds(deps.clock);
  const move = newTimeOrderedId("move", deps.clock.nowMs());
  const readers = await lockAllTokensOfCustomer(trx, deps.database.engine, to.id);
  const states = await moveOrderStates(trx, { shop, from: buyer.key, to: to.id }, [orderId]);
  const keepsMore = from !== null && (await holdsOther(trx, from.id, orderId));
  const moving = rows.filter((row) => row.order_line === null || !keepsMore);
  const orders = from === null ? NOTHING_MOVED.orders : await rehome(deps, trx, from, to, orderId, now);
  if (orders.orders.length + moving.length === 0) throw noSuchOrder();
  const revocation = orders.whole.length === 0 ? null : await dropRevocation(trx, to, readers, now);
  const owner = { customerId: to.customer_id, emailBefore: from?.email ?? null, email: input.to_email ?? to.email };
  const { tokens, before } = await moveTokens(deps, trx, changed, caller, moving, {
    ...{ customer: to.id, rotate: input.rotate ?? true, overlapSeconds: input.overlap_seconds ?? 0 },
    ...{ notify: input.notify ?? undefined, relabel: (one) => labelsOfNewOwner(one, owner), move },
  });
  const left = from === null ? [] : await lockAllTokensOfCustomer(trx, deps.database.engine, from.id);
  for (const { id } of [...readers, ...left]) changed(tokenChanged(id));
  await moveMails(
    trx,
    buyer.customer,
    to.id,
    moving.map(({ id }) => id),
  );
  const told = from === null ? {} : { told: await rememberMovedOrder(trx, from.id, orderId, to.id) };
  const undo: MoveUndo = { ...NOTHING_MOVED, tokens: before, orders, states, buyer: buyer.key, revocation, ...told };
  await insertMove(trx, {
    ...{ id: move, kind: "order", shop, from_customer: buyer.customer, to_customer: to.id, token: null },
    ...{ order_id: orderId, undo: JSON.stringify(undo), moved_by: caller.actor.id },
    ...{ created_at: now, undone_at: null },
  });
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "order.moved",
    target: { kind: "customer", id: to.id },
    ...{ shop, customer: to.id },
    details: {
      before: { customer: buyer.customer },
      after: { customer: to.id, order_id: orderId, move, tokens: tokens.length },
    },
  });
  const warnings = [
    ...tokens.flatMap((token) => token.warnings),
    ...(moving.length < rows.length ? [KEPT_CREDENTIAL] : []),
  ];
  return { move, shop, to, tokens, warnings: [...new Set(warnings)] };
}

async function rehome(deps: MoveDeps, trx: Db, from: CustomerRow, to: CustomerRow, orderId: string, now: number) {
  return await keepWithinBudgets(deps, trx, to.id, () =>
    rehomeOrders(trx, { from: from.id, to: to.id }, [orderId], now),
  );
}
