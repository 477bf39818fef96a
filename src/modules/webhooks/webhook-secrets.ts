import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import type { WebhookRow } from "./webhook-queries.ts";

/** For who rotates keys. */
export const SEALED_SECRETS: readonly SealedColumn[] = ["sealed_secret", "sealed_previous_secret"].map((column) => ({
  table: "webhooks",
  key: ["id"],
  column,
  contextsOf: ({ id }) => [`webhook ${id ?? ""}`],
}));

/** Read again for every attempt, so it is encrypted rather than hashed. */
export function sealSecret(cipher: Pick<Cipher, "seal">, webhook: string, secret: string): string {
  return cipher.seal(secret, `webhook ${webhook}`);
}

/** The secret, and the one before as long as it is to sign besides. Throws `DecryptionError`. */
export function signingSecrets(deps: { cipher: Pick<Cipher, "open"> }, row: WebhookRow, now: number): string[] {
  const { sealed_secret, sealed_previous_secret, previous_secret_expires_at } = row;
  const isOverlapping = previous_secret_expires_at !== null && previous_secret_expires_at > now;
  const sealed = [sealed_secret, ...(isOverlapping && sealed_previous_secret !== null ? [sealed_previous_secret] : [])];
  return sealed.map((text) => deps.cipher.open(text, `webhook ${row.id}`));
}
