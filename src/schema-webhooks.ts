/** The tables of outgoing webhooks; src/schema.ts has the others, and what holds for all of them. */
import type { Generated } from "kysely";

/** Something that happened and has no audit record, until it was handed to the webhooks that want it. */
export interface NoticeTable {
  id: string;
  type: string;
  /** null concerns every shop. */
  shop: string | null;
  occurred_at: number;
  /** JSON object, without anything personal. */
  data: string;
  /** `customers.id` and `tokens.id` of whom it is about; null where it is of nobody. */
  customer: Generated<string | null>;
  token: Generated<string | null>;
}

/** Where a shop wants its events sent. A removed one stays without its URL and secrets while deliveries name it. */
export interface WebhookTable {
  id: string;
  shop: string;
  url: string;
  /** JSON array of event types, `token.*` and `*`. */
  events: string;
  description: string;
  enabled: number;
  disabled_reason: "manual" | "gone" | null;
  sealed_secret: string;
  /** Signs besides the new one until it expires. */
  sealed_previous_secret: string | null;
  previous_secret_expires_at: number | null;
  created_by: string;
  created_at: number;
  updated_at: number;
  removed_at: number | null;
}

/** One event, the same for every webhook it is sent to. */
export interface WebhookMessageTable {
  /** The `webhook-id` of every attempt. */
  id: string;
  type: string;
  /** `customers.id`, to be erased by. */
  customer: string | null;
  /** `tokens.id`, to be erased by where it has no audit record. */
  token: Generated<string | null>;
  occurred_at: number;
  /** JSON object, without anything personal. */
  data: string;
  /** JSON object that is sent as part of `data`; erasable. */
  personal_values: string | null;
  created_at: number;
}

export type WebhookDeliveryState = "pending" | "delivered" | "failed" | "cancelled";

/** A message on its way to one webhook. */
export interface WebhookDeliveryTable {
  id: string;
  webhook: string;
  message: string;
  state: WebhookDeliveryState;
  /** JSON array, oldest first. */
  attempts: string;
  /** The beginning of the last answer's body; untrusted. */
  response: string | null;
  /** Why there is none; `erased` also of what is answered from then on. */
  response_withheld: "private_address" | "erased" | null;
  next_attempt_at: number | null;
  /** Who sends it now, until when it is thought to live. */
  claimed_by: string | null;
  claimed_until: number | null;
  created_at: number;
}

/** The one row (id 1) that says up to where audit records were turned into messages. */
export interface WebhookCursorTable {
  id: number;
  audit_sequence: number;
}
