import { callBroker, requireStatus } from "./broker.mjs";
import { sendTokenToCustomer } from "./mail.mjs";

/** A token that ends here opens nothing. Always the same, because an `Idempotency-Key` goes with one body. */
const LONG_AGO = 1_000_000_000;

/** The token of an order, also a revoked one; undefined when there is none. */
async function findTokenOfOrder(orderId) {
  const query = new URLSearchParams({ order_id: orderId, status: "all", limit: "1" });
  const found = await callBroker("GET", `/api/tokens?${query}`);
  requireStatus(found, 200);
  return found.answer[0];
}

/** What both a purchase and a cancellation say of an order: the body of `POST /api/tokens`. */
function tokenOfOrder(order, expiresAt) {
  return {
    description: `Order ${order.order_id}`,
    expires_at: expiresAt,
    allowed_package_prefixes: order.packages,
    rate_limit_max: 1000,
    // One token per order for ever, however often and however late the shop tells of it.
    unique_by: "order",
    metadata: { customer_id: order.customer_id, customer_email: order.customer_email, order_id: order.order_id },
  };
}

/** A paid order: makes the token and mails it. Repeated, it changes nothing and mails the same token again. */
export async function handlePurchase(order) {
  const body = tokenOfOrder(order, order.paid_until);
  const made = await callBroker("POST", "/api/tokens", body, { "Idempotency-Key": `order-${order.order_id}` });
  // Refunded or cancelled, perhaps before this arrived: nothing is mailed, and the dashboard asks for a look.
  if (hasEnded(made)) return;
  requireStatus(made, 200, 201);
  // 200: the order had a token, whose secret nobody can show again.
  if (made.status !== 201) return;
  await sendTokenToCustomer(order.customer_email, made.answer.token, made.answer.expires_at);
}

/** A renewal: later deliveries of earlier ones never shorten what was paid for. */
export async function handleRenewal(order) {
  const token = await findTokenOfOrder(order.order_id);
  // The renewal overtook its purchase: with an error the shop delivers it again.
  if (token === undefined) throw new Error(`Order ${order.order_id} has no token yet.`);
  if (token.status === "revoked" || token.expires_at === null || token.expires_at >= order.paid_until) return;
  requireStatus(await callBroker("PATCH", `/api/tokens/${token.id}`, { expires_at: order.paid_until }), 200);
}

/** A cancellation or a refund: ends the access at once. Also one that arrives before its purchase. */
export async function handleCancellation(order) {
  // An expired token stands for an order that has none yet, so that a purchase that comes later finds one and mails
  // nothing. When the order has a token, this answers with that one.
  const tombstone = tokenOfOrder(order, LONG_AGO);
  const headers = { "Idempotency-Key": `cancel-${order.order_id}` };
  const found = await callBroker("POST", "/api/tokens", tombstone, headers);
  if (hasEnded(found)) return;
  requireStatus(found, 200, 201);
  requireStatus(await callBroker("DELETE", `/api/tokens/${found.answer.id}`), 200);
}

function hasEnded({ status, answer }) {
  return status === 409 && answer.code === "sale.ended";
}
