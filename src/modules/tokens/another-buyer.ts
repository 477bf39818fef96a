import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { raiseAttention } from "../attention/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { findOtherBuyers } from "./order-tokens.ts";
import type { BuyersOrder } from "./order-tokens.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Of a new token whose order's number was sold to somebody else before, such as by a copy of the shop: records it and
 * asks for a look. The warning names nothing of the other buyer, and is not there for who may not know of one.
 */
export async function tellOfAnotherBuyer(
  deps: AuditDeps & { clock: Clock },
  trx: Db,
  caller: Caller,
  order: BuyersOrder,
  row: TokenRow,
): Promise<string[]> {
  if (order.isProject) return [];
  const others = await findOtherBuyers(trx, caller, order);
  if (!others.exist) return [];
  const { shop, orderId: order_id } = order;
  await raiseAttention(deps, trx, {
    ...{ kind: "order.another_buyer", shop, customer: row.customer },
    subject: { kind: "order", id: order_id },
    distinct: row.id,
    details: { order_id, token: row.id },
  });
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.sold_to_another_buyer",
    // What nobody within the bound knows is told to nobody there.
    target: others.areSeen ? { kind: "token", id: row.id } : { kind: "attention", id: row.id },
    ...{ shop, customer: row.customer },
    details: { after: { order_id, token: row.id } },
  });
  if (!others.areSeen) return [];
  return [
    "This order id was sold to another buyer before; this one has a token of their own. Are there two shops, or a copy for tests, with one management token?",
  ];
}
