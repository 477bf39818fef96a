import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";

/** A secret of Standard Webhooks: 32 random bytes in base64 behind a prefix. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(32).toString("base64");
}

/** What is signed: the exact bytes that are sent. */
export interface SignedContent {
  id: string;
  /** Unix seconds of this attempt. */
  timestamp: number;
  body: string;
}

/**
 * The headers of Standard Webhooks 1.0.0. With several secrets, as while one replaces another, there are several
 * signatures, and a receiver takes whichever fits.
 */
export function signedHeaders(secrets: readonly string[], content: SignedContent): Record<string, string> {
  const { id, timestamp, body } = content;
  const sign = (secret: string) => {
    const key = Buffer.from(secret.slice(PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  };
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": secrets.map(sign).join(" "),
  };
}
