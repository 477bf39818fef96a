import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { buyerKeys, findOrderState, keyOfAddress } from "../order-states/index.ts";
import type { OrderBuyer } from "../order-states/index.ts";
import { visibleTokens } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/** An order of a shop, of one buyer: another buyer's of the same number is another one. */
export interface BuyersOrder {
  shop: string;
  orderId: string;
  buyer: OrderBuyer;
  /** Project tokens are no sales: an order has them beside what was sold. */
  isProject: boolean;
}

/** The buyer as a key: what was bought as a guest stays the guest's, and no address is a key. */
export function buyerKey(buyer: OrderBuyer): string {
  return buyerKeys(buyer)[0];
}

/** Every token of an order and buyer, however it was made; newest first. */
export async function listTokensOfOrder(db: Db, order: BuyersOrder): Promise<TokenRow[]> {
  const { customer, email } = order.buyer;
  let query = db
    .selectFrom("tokens")
    .selectAll()
    .where("shop", "=", order.shop)
    .where("order_id", "=", order.orderId)
    .where("access", order.isProject ? "=" : "!=", "project")
    .where("customer", customer === null ? "is" : "=", customer);
  if (customer === null) query = query.where("customer_email", email === null ? "is" : "=", email);
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").execute();
}

/** Whether the same number was sold to anybody else, and whether the caller sees any of that. */
export async function findOtherBuyers(
  db: Db,
  caller: Pick<Caller, "shop" | "packageBound">,
  order: BuyersOrder,
): Promise<{ exist: boolean; areSeen: boolean }> {
  const { customer, email } = order.buyer;
  const others = db
    .selectFrom("tokens")
    .select("tokens.id")
    .where("tokens.shop", "=", order.shop)
    .where("tokens.order_id", "=", order.orderId)
    .where("tokens.access", "!=", "project")
    .where((e) => {
      if (customer !== null) return e.or([e("tokens.customer", "is", null), e("tokens.customer", "!=", customer)]);
      const elsewhere =
        email === null
          ? e("tokens.customer_email", "is not", null)
          : e.or([e("tokens.customer_email", "is", null), e("tokens.customer_email", "!=", email)]);
      return e.or([e("tokens.customer", "is not", null), elsewhere]);
    })
    .limit(1);
  if ((await others.executeTakeFirst()) === undefined) return { exist: false, areSeen: false };
  return { exist: true, areSeen: (await others.$call(visibleTokens(caller)).executeTakeFirst()) !== undefined };
}

/**
 * Whether anybody's token of this order was erased: who they were is not known any more, so that a late repetition of
 * their sale cannot be told from somebody else's.
 */
export async function isErasedOrder(db: Db, { shop, orderId }: BuyersOrder): Promise<boolean> {
  const row = await db
    .selectFrom("tokens")
    .leftJoin("customers", "customers.id", "tokens.customer")
    .select("tokens.id")
    .where("tokens.shop", "=", shop)
    .where("tokens.order_id", "=", orderId)
    .where((e) =>
      e.or([
        e("customers.erased_at", "is not", null),
        e.and([e("tokens.customer", "is", null), e("tokens.revoked_why", "=", "erased")]),
        // Of those that were erased before it was written down why.
        e.and([
          e("tokens.customer", "is", null),
          e("tokens.revoked_at", "is not", null),
          e("tokens.description", "=", "Erased"),
        ]),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** When all of an order was ended, also before it was sold; undefined where that does not concern what is sold now. */
export async function findOrderEnd(
  db: Db,
  { shop, orderId, buyer }: BuyersOrder,
  patterns: readonly string[],
): Promise<number | undefined> {
  return (await findOrderState(db, shop, orderId, buyer, patterns)).revokedAt ?? undefined;
}

/**
 * What keeps an order of a buyer to one token, in the unique column `unique_order_id`: of two sales at once the second
 * waits for the first. What was sold again after its end is another one. Rows from before hold the plain number.
 */
export function uniqueKeyOf(
  { orderId, buyer, isProject }: BuyersOrder,
  timesEnded: number,
  strangerAddress: string | undefined,
): string {
  const person = strangerAddress === undefined ? [] : [keyOfAddress(strangerAddress)];
  return JSON.stringify([orderId, buyerKey(buyer), timesEnded, isProject ? "project" : "sale", ...person]);
}
