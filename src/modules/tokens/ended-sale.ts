import { AppError } from "../../platform/errors.ts";
import type { NewAttention } from "../attention/index.ts";
import { buyerKey } from "./order-tokens.ts";
import type { BuyersOrder } from "./order-tokens.ts";
import { findHolderOfOrder } from "../customers/index.ts";
import type { Db } from "../../schema.ts";
import { isFinal } from "./revocation.ts";
import type { TokenRow } from "./token-queries.ts";

/** Something was paid for that had ended: `sale.ended`, and somebody should look at it. */
export class EndedSaleError extends AppError {
  /** To be raised after the refusal: what is refused leaves nothing behind in its own transaction. */
  readonly attention: NewAttention | undefined;

  constructor(detail: string, attention?: NewAttention) {
    super("sale.ended", detail);
    this.name = "EndedSaleError";
    this.attention = attention;
  }
}

/** A late repetition of a sale must not give an order back to whoever handed it over: `sale.ended`. */
export async function refuseMovedOrder(
  trx: Db,
  { customer, order_id }: { customer: string | null; order_id: string | null },
): Promise<void> {
  if (customer === null || order_id === null) return;
  if ((await findHolderOfOrder(trx, customer, order_id)) === customer) return;
  throw new EndedSaleError(
    "This order was given to another customer, who has what it sold. To sell more to this one, use a new order id.",
  );
}

/** `row` is a token that the caller sees; undefined where there is none, or nobody knows whose it was. */
export function endedSale(order: BuyersOrder, row: TokenRow | undefined): EndedSaleError {
  const { shop, orderId, buyer } = order;
  const detail = `What this order sold has ended. ${waysOn(order, row)}`;
  return new EndedSaleError(detail, {
    ...{ kind: "order.paid_after_end", shop, customer: buyer.customer },
    subject: { kind: "order", id: orderId },
    distinct: buyerKey(buyer),
    details: { order_id: orderId },
  });
}

function waysOn({ orderId }: BuyersOrder, row: TokenRow | undefined): string {
  const again = 'to sell it again, use a new order id or send "again": true';
  const restore = wayBack(orderId, row);
  return restore === undefined ? `${capital(again)}.` : `If the end was a mistake, restore it (${restore}); ${again}.`;
}

function wayBack(orderId: string, row: TokenRow | undefined): string | undefined {
  if (row === undefined || isFinal(row.revoked_why)) return undefined;
  if (row.customer_revocation !== null) return "POST /api/customers/{customer_id}/restore";
  if (row.revoked_why === "order") return `POST /api/orders/${encodeURIComponent(orderId)}/restore`;
  return `POST /api/tokens/${row.id}/restore`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
