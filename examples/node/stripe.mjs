/*
 * Stripe: `checkout.session.completed`, `checkout.session.async_payment_succeeded`, `invoice.paid`,
 * `customer.subscription.deleted`, `charge.refunded`, `charge.dispute.created`, `charge.dispute.closed`. A new period
 * is no payment: only what was paid extends. Put the price into `metadata.product` of a session that is no
 * subscription: the event does not have it otherwise.
 */
import { setting } from "./broker.mjs";
import { sellAll } from "./deliveries.mjs";
import { endOfTerm, packagesOf } from "./products.mjs";
import { endOrder, refund, resumeOrder, sell, suspendOrder } from "./sales.mjs";

export async function handleStripeEvent(event) {
  const object = event.data?.object;
  const at = event.created;
  switch (event.type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      return await handleSession(object, at);
    case "invoice.paid":
      return await sellAll(saleOfInvoice(object, at));
    case "customer.subscription.deleted":
      return await endOrder(saleOfStripe(object.id, object, at));
    case "charge.refunded":
      return await handleStripeRefund(object, at);
    case "charge.dispute.created":
      return await suspendOrder(await saleOfPayment(object.payment_intent, at));
    case "charge.dispute.closed":
      return await handleDisputeClosed(object, at);
  }
}

/** Of a subscription `invoice.paid` tells, the first time too. */
async function handleSession(session, at) {
  const packages = packagesOf(session.metadata?.product);
  const isPaid = session.payment_status === "paid" || session.payment_status === "no_payment_required";
  if (session.mode !== "payment" || !isPaid || packages === undefined) return;
  // The payment is what a refund and a dispute name later.
  const sale = saleOfStripe(session.payment_intent ?? session.id, session, at);
  await sell({ ...sale, lines: [{ line: "1", packages, paidUntil: endOfTerm(session.created) }] });
}

/** The subscription is the order, its items are the lines; each is paid until the end of its own period. */
function saleOfInvoice(invoice, at) {
  const subscription = invoice.parent?.subscription_details?.subscription;
  const lines = (subscription === undefined ? [] : invoice.lines.data).flatMap(({ parent, pricing, period }) => {
    const details = parent?.subscription_item_details;
    const packages = packagesOf(pricing?.price_details?.price);
    if (packages === undefined || details?.proration === true) return [];
    return [{ line: details.subscription_item, packages, paidUntil: period.end }];
  });
  return { ...saleOfStripe(subscription ?? invoice.id, invoice, at), lines };
}

function saleOfStripe(orderId, object, at) {
  return {
    orderId,
    // Payment Links have guests: no customer.
    customerId: object.customer ?? "",
    customerEmail: object.customer_email ?? object.customer_details?.email ?? "",
    occurredAt: at,
    lines: [],
    removedLines: [],
  };
}

/** Refunded in part, Stripe does not say for what: somebody has to look at it. */
async function handleStripeRefund(charge, at) {
  if (charge.refunded !== true) {
    console.error(`Charge ${charge.id} was refunded in part: nothing was changed.`);
    return;
  }
  await refund(await saleOfPayment(charge.payment_intent, at));
}

async function handleDisputeClosed(dispute, at) {
  const sale = await saleOfPayment(dispute.payment_intent, at);
  if (dispute.status === "won") await resumeOrder(sale);
  if (dispute.status === "lost") await endOrder(sale);
}

/**
 * Whose payment it was: of a subscription the invoice says which. A renewal goes back to the end of the period before;
 * what was paid first ends.
 */
async function saleOfPayment(payment, at) {
  const query = { "payment[type]": "payment_intent", "payment[payment_intent]": payment };
  const [of] = (await callStripe("invoice_payments", query)).data;
  if (of === undefined) return saleOfStripe(payment, await callStripe(`payment_intents/${payment}`), at);
  const invoice = await callStripe(`invoices/${of.invoice}`);
  const sale = saleOfInvoice(invoice, at);
  if (invoice.billing_reason !== "subscription_cycle") return { ...sale, lines: [] };
  const paidUntil = Math.min(...invoice.lines.data.map(({ period }) => period.start));
  return { ...sale, lines: sale.lines.map((line) => ({ ...line, paidUntil })) };
}

async function callStripe(path, query = {}) {
  const base = process.env.STRIPE_URL || "https://api.stripe.com";
  const response = await fetch(`${base}/v1/${path}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Bearer ${setting("STRIPE_KEY")}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status !== 200) throw new Error(`Stripe did not answer ${path}: status ${response.status}`);
  return await response.json();
}
