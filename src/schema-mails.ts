/** The table of mails to customers; src/schema.ts has the others, and what holds for all of them. */
import type { Generated } from "kysely";

export type MailKind = "ready" | "renewed" | "expiring" | "revoked" | "leaked";

/**
 * - `pending`: it is handed over at `next_attempt_at`;
 * - `sent`: a mail server took it;
 * - `failed`: a mail server refused it for good, or nobody took it for three days;
 * - `cancelled`: it was not true any more before it went out.
 */
export type MailState = "pending" | "sent" | "failed" | "cancelled";

/** One mail for one cause. What it says is made when it goes out; only a secret has to be kept until then. */
export interface CustomerMailTable {
  /** Names the mail in its `Message-ID`, too: the same at every attempt. */
  id: string;
  /** Unique: what happened twice is told once. */
  cause: string;
  kind: MailKind;
  shop: string;
  token: string;
  /** `customers.id`; null for guest orders. */
  customer: string | null;
  /** The address; null once the customer was erased. */
  recipient: string | null;
  /** The secret that a mail of the kind `ready` is about, sealed; null once it is not needed any more. */
  sealed_secret: string | null;
  /** The token's expiry when the mail was caused; another one since makes it untrue. */
  expires_at: number | null;
  /** Both set where it is about a line of an order: then `expires_at` is the line's, and the token goes on. */
  order_id: string | null;
  line: string | null;
  /** Of a reminder: how many days ahead. */
  days_ahead: number | null;
  state: MailState;
  /** In words: why it failed, was cancelled, or is tried again. Without anything personal. */
  detail: string | null;
  attempts: number;
  /** null unless it is pending. */
  next_attempt_at: number | null;
  /** Who hands it over now, until when it is thought to live. */
  claimed_by: string | null;
  claimed_until: number | null;
  created_at: number;
  /** When it was sent, failed or was cancelled. */
  finished_at: number | null;
  /** Of one that failed: when that was over, because the customer was reached since or there is nothing left to say. */
  settled_at: Generated<number | null>;
}
