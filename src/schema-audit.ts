import type { Generated } from "kysely";

/** The tables of the audit log; src/schema.ts has the others, and what holds for all of them. */

/** Append-only. Holds pseudonymous ids only; personal values are in {@link AuditPersonalValueTable}. */
export interface AuditEventTable {
  id: string;
  /** Given at sealing, without gaps. */
  sequence: number | null;
  occurred_at: number;
  actor_kind: "management_token" | "cli" | "user" | "system" | "customer_token";
  actor_id: string | null;
  action: string;
  target_kind: string;
  target_id: string;
  shop: string | null;
  customer: string | null;
  request_id: string | null;
  /** JSON: `before` and `after` of what changed. */
  details: string;
  /** Keyed commitment of the personal values, so that erasing them leaves the chain valid. */
  personal_commitment: string | null;
  chain_mac: string | null;
  sealed_at: number | null;
  /** Signature of every field above but the last two and the number, made when it was written; null in old records. */
  mac: Generated<string | null>;
  /** Id of the key that its link was made with; null in old records. */
  chain_key: Generated<string | null>;
  /** When it was found not to be genuine; never sealed then. */
  refused_at: Generated<number | null>;
}

/** Erasable without touching the chain. */
export interface AuditPersonalValueTable {
  event: string;
  customer: string | null;
  nonce: string;
  /** JSON object. */
  personal_values: string;
}

/** The one row (id 1) that says where the sealed chain ends, signed, so that cutting it off is noticed. */
export interface AuditHeadTable {
  id: number;
  sequence: number;
  chain_mac: string;
  signature: string;
  sealed_at: number;
}
