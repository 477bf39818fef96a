import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { AuditRow } from "./audit-queries.ts";

/** What the first record is chained to. */
export const CHAIN_START = "package-broker audit chain 1";

type SealedFields = Omit<AuditRow, "chain_mac" | "sealed_at" | "sequence" | "personal_values" | "nonce">;

/**
 * A record's link in the chain: a keyed hash of its every field, its place and the link before it. Whoever edits,
 * removes or reorders records without the key breaks every link from there on.
 */
export function linkOf(cipher: Pick<Cipher, "mac">, before: string, sequence: number, record: SealedFields): string {
  const fields = [
    ...[before, sequence, record.id, record.occurred_at, record.actor_kind, record.actor_id, record.action],
    ...[record.target_kind, record.target_id, record.shop, record.customer, record.request_id, record.details],
    record.personal_commitment,
  ];
  return cipher.mac("audit chain", JSON.stringify(fields));
}

/** The signature of the chain's end. */
export function signatureOf(cipher: Pick<Cipher, "mac">, head: { sequence: number; chain_mac: string }): string {
  return cipher.mac("audit head", `${head.sequence} ${head.chain_mac}`);
}

/** What a record keeps of its personal values, which can be erased beside it. */
export function commitmentOf(cipher: Pick<Cipher, "mac">, nonce: string, values: string): string {
  return cipher.mac("audit personal values", `${nonce}\n${values}`);
}
