import { createHmac, timingSafeEqual } from "node:crypto";
import { setting } from "./broker.mjs";

/** Older deliveries of a timestamped signature are refused: somebody may have recorded them. */
const TOLERANCE_SECONDS = 300;

const hmac = (secret, text) => createHmac("sha256", secret).update(text).digest();

function isEqual(expected, given) {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const VERIFIERS = {
  /** The commonest form: the body's HMAC-SHA256 in hex, in a header of the shop's own, here `X-Shop-Signature`. */
  own: (payload, headers, secret) =>
    isEqual(hmac(secret, payload), Buffer.from(headers["x-shop-signature"] ?? "", "hex")),

  /** WooCommerce: the same in base64, in `X-WC-Webhook-Signature`. */
  woocommerce: (payload, headers, secret) =>
    isEqual(hmac(secret, payload), Buffer.from(headers["x-wc-webhook-signature"] ?? "", "base64")),

  /** Stripe: `Stripe-Signature: t=1795509795,v1=…`, over the time and the body, so that it cannot be replayed for ever. */
  stripe(payload, headers, secret) {
    const parts = (headers["stripe-signature"] ?? "").split(",").map((part) => part.trim().split("="));
    const time = Number(parts.find(([name]) => name === "t")?.[1] ?? 0);
    if (!(Math.abs(Date.now() / 1000 - time) <= TOLERANCE_SECONDS)) return false;
    const expected = hmac(secret, Buffer.concat([Buffer.from(`${time}.`), payload]));
    // While a secret is rolled there are two signatures.
    return parts.some(([name, value = ""]) => name === "v1" && isEqual(expected, Buffer.from(value, "hex")));
  },
};

/** By the shop that SHOP names: `own`, `woocommerce` or `stripe`. `payload` is the raw body. */
export function isFromShop(payload, headers) {
  const verify = VERIFIERS[setting("SHOP")];
  if (verify === undefined) throw new Error("SHOP must be own, woocommerce or stripe.");
  return verify(payload, headers, setting("SHOP_WEBHOOK_SECRET"));
}
