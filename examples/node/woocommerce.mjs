/*
 * WooCommerce: `order.created` and `order.updated` (WooCommerce → Settings → Advanced → Webhooks, version v3). It never
 * delivers again and switches a webhook off after more than five failures in a row, so sweep.mjs goes over the orders
 * once more. An order in the webhook and in the REST API is the same object.
 */
import { setting } from "./broker.mjs";
import { endOfTerm, packagesOf } from "./products.mjs";
import { endOrder, refund, sell } from "./sales.mjs";

/** Saving a webhook sends `webhook_id=5` without a signature, and WooCommerce wants 200 for it. */
export function isWooCommercePing(payload) {
  return /^webhook_id=\d+$/.test(payload.toString());
}

export async function handleWooCommerceOrder(order) {
  // Deleted orders come as an id alone, and where the webhook's owner lost the rights, an error comes.
  if (order.status === undefined || order.line_items === undefined || order.date_paid_gmt === null) return;
  switch (order.status) {
    case "processing":
    case "completed":
      return await applyPaidOrder(order);
    case "refunded":
      return await refund({ ...saleOfOrder(order), lines: [] });
    case "cancelled":
    case "failed":
      return await endOrder(saleOfOrder(order));
  }
}

async function applyPaidOrder(order) {
  const sale = saleOfOrder(order);
  const refunded = (order.refunds ?? []).length === 0 ? [] : await linesRefunded(order.id);
  const sold = sale.lines.filter(({ line }) => !refunded.includes(line));
  // Paid when it was paid: told again it changes nothing, and what was refunded since stays so.
  if (sold.length > 0) await sell({ ...sale, lines: sold, occurredAt: secondsOf(order.date_paid_gmt) });
  const ended = sale.lines.filter(({ line }) => refunded.includes(line));
  if (ended.length > 0) await refund({ ...sale, lines: ended.map((line) => ({ ...line, paidUntil: undefined })) });
}

function saleOfOrder(order) {
  const paidUntil = endOfTerm(secondsOf(order.date_paid_gmt));
  return {
    orderId: String(order.id),
    customerId: String(order.customer_id),
    customerEmail: order.billing.email,
    occurredAt: secondsOf(order.date_modified_gmt),
    lines: order.line_items.flatMap(({ id, sku }) => {
      const packages = packagesOf(sku);
      return packages === undefined ? [] : [{ line: String(id), packages, paidUntil }];
    }),
  };
}

/** WooCommerce writes UTC without saying so. */
function secondsOf(time) {
  return Math.floor(Date.parse(`${time}Z`) / 1000);
}

/** The order itself says only how much went back; its refunds say of which line. An amount alone names none. */
async function linesRefunded(orderId) {
  const refunds = await callWooCommerce(`orders/${orderId}/refunds`);
  return refunds
    .flatMap((one) => one.line_items)
    .filter(({ quantity }) => quantity < 0)
    .flatMap(({ meta_data: facts }) => facts ?? [])
    .filter(({ key }) => key === "_refunded_item_id")
    .map(({ value }) => String(value));
}

/** Reads the shop's REST API (WooCommerce → Settings → Advanced → REST API, a key that may read). */
export async function callWooCommerce(path, query = {}) {
  const base = setting("WOO_URL").replace(/\/+$/, "");
  const credentials = Buffer.from(`${setting("WOO_KEY")}:${setting("WOO_SECRET")}`).toString("base64");
  const response = await fetch(`${base}/wp-json/wc/v3/${path}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Basic ${credentials}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status !== 200) throw new Error(`WooCommerce did not answer ${path}: status ${response.status}`);
  return await response.json();
}
