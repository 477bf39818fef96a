/*
 * What is sold becomes lines of the customer's orders; the customer has one credential, which opens all of them.
 * Every statement is absolute and says when it happened in the shop, so deliveries may be repeated, late or swapped.
 *
 * A sale is { orderId, customerId, customerEmail, occurredAt, lines: [{ line, packages, paidUntil }, …] }: `orderId` the
 * shop's number of the order, or of the subscription where it renews; `line` the number of the line in it; `paidUntil`
 * in Unix seconds, null for ever.
 */
import { createHash } from "node:crypto";
import { callBroker, requireStatus, setting } from "./broker.mjs";
import { mailOnce } from "./mail.mjs";

/** Paid, renewed, or changed: what each line grants from now on. */
export async function sell(sale) {
  if (isGuest(sale)) {
    await sellToGuest(sale);
    return;
  }
  for (const { line, packages, paidUntil } of sale.lines) {
    const granted = await callBroker("PUT", pathOf(sale, line), {
      packages,
      expires_at: paidUntil,
      occurred_at: sale.occurredAt,
      // What a package requires of your others is granted along with it.
      with_dependencies: true,
    });
    requireStatus(granted, 200, 201);
  }
  await giveCredential(sale);
}

/** The one credential of a customer, made and mailed with the first order, however many come at once. */
async function giveCredential(sale) {
  const body = {
    description: `Customer ${sale.customerId}`,
    access: "customer",
    unique_by: "customer",
    rate_limit_max: 1000,
    metadata: { customer_id: sale.customerId, customer_email: sale.customerEmail },
  };
  const made = await callBroker("POST", "/api/tokens", body, keyOf("credential", sale.orderId, body));
  requireStatus(made, 200, 201);
  // 200: the customer has a credential, and it opens what was bought now.
  if (made.status === 201) {
    await mailOnce(sale.customerEmail, made.answer);
  }
}

/**
 * The money of some lines went back, or all of it: those with `paidUntil` are good until then again, as after the
 * refund of one renewal; those without end at once. No lines: the whole order ends.
 */
export async function refund(sale) {
  if (sale.lines.length === 0) {
    await endOrder(sale);
    return;
  }
  if (isGuest(sale)) {
    await refundGuest(sale);
    return;
  }
  for (const line of sale.lines) {
    if (line.paidUntil === undefined) await endLine(sale, line.line);
    else await sell({ ...sale, lines: [line] });
  }
}

/** Ends what one line of an order brought. Also before the purchase of it is told. */
export async function endLine(sale, line) {
  const query = new URLSearchParams({ occurred_at: String(sale.occurredAt) });
  requireStatus(await callBroker("DELETE", `${pathOf(sale, line)}?${query}`), 200);
}

/** Ends everything that an order brought, however it was sold. */
export async function endOrder(sale) {
  await changeOrder(sale, "revoke");
}

/** A dispute was opened: nothing opens until it is decided, and no date moves. */
export async function suspendOrder(sale) {
  await changeOrder(sale, "suspend");
}

/** The dispute was won. */
export async function resumeOrder(sale) {
  await changeOrder(sale, "resume");
}

async function changeOrder(sale, verb) {
  const path = `/api/orders/${encodeURIComponent(sale.orderId)}/${verb}`;
  // A number of an order can be two buyers', after a move of the shop or on a copy of it.
  const buyer = isGuest(sale) ? { customer_email: sale.customerEmail || null } : { customer_id: sale.customerId };
  // 404: nothing was sold, as with an order that was cancelled before it was paid.
  requireStatus(await callBroker("POST", path, buyer), 200, 404);
}

/** Whoever buys without an account has no id to grant anything to: a token for the order. */
async function sellToGuest(sale) {
  const ends = sale.lines.map(({ paidUntil }) => paidUntil);
  const body = {
    description: `Order ${sale.orderId}`,
    allowed_package_prefixes: [...new Set(sale.lines.flatMap(({ packages }) => packages))],
    expires_at: ends.includes(null) ? null : Math.max(...ends),
    rate_limit_max: 1000,
    unique_by: "order",
    metadata: { customer_email: sale.customerEmail, order_id: sale.orderId },
  };
  const made = await callBroker("POST", "/api/tokens", body, keyOf("guest", sale.orderId, body));
  // Refunded or cancelled, perhaps before this arrived: nothing is mailed, and the dashboard asks for a look.
  if (made.status === 409 && made.answer.code === "sale.ended") return;
  requireStatus(made, 200, 201);
  if (made.status === 201) {
    await mailOnce(sale.customerEmail, made.answer);
    return;
  }
  await renewGuest(made.answer, body.expires_at);
}

/** Never shortens: the later end counts. */
async function renewGuest(token, until) {
  if (until === null || token.expires_at === null || token.expires_at >= until) return;
  requireStatus(await callBroker("POST", `/api/tokens/${token.id}/renew`, { until }), 200);
}

async function refundGuest(sale) {
  const ended = sale.lines.filter(({ paidUntil }) => paidUntil === undefined).flatMap(({ packages }) => packages);
  const ends = sale.lines.flatMap(({ paidUntil }) => paidUntil ?? []);
  for (const token of await tokensOfGuest(sale)) {
    const left = token.allowed_package_prefixes.filter((name) => !ended.includes(name));
    if (left.length === 0) {
      await endOrder(sale);
      return;
    }
    const change = {
      allowed_package_prefixes: left,
      ...(ends.length === 0 ? {} : { expires_at: Math.max(...ends) }),
    };
    requireStatus(await callBroker("PATCH", `/api/tokens/${token.id}`, change), 200);
  }
}

async function tokensOfGuest(sale) {
  const query = new URLSearchParams({ order_id: sale.orderId, customer_email: sale.customerEmail });
  const found = await callBroker("GET", `/api/tokens?${query}`);
  requireStatus(found, 200);
  return found.answer;
}

export function isGuest({ customerId }) {
  return customerId === "" || customerId === "0";
}

function pathOf(sale, line) {
  const parts = [sale.customerId, "grants", setting("BROKER_SHOP"), sale.orderId, line];
  return `/api/customers/${parts.map(encodeURIComponent).join("/")}`;
}

/** Names one call, so that another try of it is answered as the first. A header takes ASCII only: a hash. */
function keyOf(what, orderId, body) {
  const hash = createHash("sha256").update(JSON.stringify([orderId, body]));
  return { "Idempotency-Key": `${what}-${hash.digest("hex")}` };
}
