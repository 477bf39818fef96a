/*
 * From what a shop delivers to the calls in sales.mjs. What is not ours or not known is answered with success: shops
 * switch a webhook off that fails often, and Stripe repeats for days.
 */
import { packagesOf } from "./products.mjs";
import { endLine, endOrder, isGuest, refund, resumeOrder, sell, suspendOrder } from "./sales.mjs";

/** A delivery of your own shop: the types and fields of README.md. */
export async function handleShopDelivery(event) {
  const sale = readSale(event);
  // Only what has nothing to do with composer; no lines at all would mean the whole order.
  if (sale.lines.length === 0 && (event.lines ?? []).length > 0) return;
  switch (event.type) {
    case "sale.paid":
    case "sale.renewed":
      return await sellAll(sale);
    case "sale.refunded":
      return await refund(sale);
    case "sale.cancelled":
      // Paid until the end of its term: the lines say until when, and nothing else changes.
      return sale.lines.length === 0 ? undefined : await sell(sale);
    case "sale.ended":
    case "sale.dispute_lost":
      return await endOrder(sale);
    case "sale.disputed":
      return await suspendOrder(sale);
    case "sale.dispute_won":
      return await resumeOrder(sale);
  }
}

/** Nothing is sold where nothing of the order has to do with composer. */
export async function sellAll(sale) {
  for (const line of isGuest(sale) ? [] : sale.removedLines) await endLine(sale, line);
  if (sale.lines.length > 0) await sell(sale);
}

/** Ids come as numbers from some shops: as text they are the same. */
function readSale(event) {
  return {
    orderId: String(event.shop_order ?? ""),
    customerId: String(event.customer?.id ?? ""),
    customerEmail: String(event.customer?.email ?? ""),
    occurredAt: event.occurred_at,
    lines: (event.lines ?? []).flatMap((line) => readLine(line, event.type)),
    removedLines: (event.removed_lines ?? []).map(String),
  };
}

function readLine({ line, product, paid_until: paidUntil }, type) {
  const packages = packagesOf(product);
  if (packages === undefined) return [];
  // Not there is something else than null in a refund: ended, and not for ever.
  const isEnded = type === "sale.refunded" && paidUntil === undefined;
  return [{ line: String(line), packages, paidUntil: isEnded ? undefined : readEnd(paidUntil) }];
}

/** No end is null; shops say it with 0, false, "" and words, too. */
function readEnd(end) {
  const seconds = Number(end);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : null;
}
