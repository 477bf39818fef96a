import type { WebhookRow } from "./webhook-queries.ts";
import type { DeliveryWithMessage } from "./delivery-queries.ts";
import type { WebhookDeliveryState } from "../../schema.ts";

/** A webhook as the API shows it: never its secret. */
export interface PresentedWebhook {
  id: string;
  url: string;
  events: string[];
  description: string;
  enabled: boolean;
  disabled_reason: "manual" | "gone" | null;
  shop: string;
  /** Id of the management token or user, or who else made it. */
  created_by: string;
  created_at: number;
  updated_at: number;
  /** Until when the secret before signs as well. */
  previous_secret_expires_at: number | null;
}

export function presentWebhook(row: WebhookRow, now: number): PresentedWebhook {
  const until = row.previous_secret_expires_at;
  return {
    ...{ id: row.id, url: row.url, events: eventsOf(row), description: row.description },
    ...{ enabled: row.enabled === 1, disabled_reason: row.disabled_reason, shop: row.shop },
    ...{ created_by: row.created_by, created_at: row.created_at, updated_at: row.updated_at },
    previous_secret_expires_at: until !== null && until > now ? until : null,
  };
}

/** The stored patterns, which were checked when they were stored. */
export function eventsOf(row: Pick<WebhookRow, "events">): string[] {
  return JSON.parse(row.events) as string[];
}

/** One try to send a message. */
export interface Attempt {
  at: number;
  /** null where nobody answered. */
  status: number | null;
  duration_ms: number;
  /** In words; null when it was delivered. */
  error: string | null;
}

export interface PresentedDelivery {
  id: string;
  message_id: string;
  state: WebhookDeliveryState;
  created_at: number;
  next_attempt_at: number | null;
  attempts: Attempt[];
  response: string | null;
  /** Why the last answer's body is not kept. */
  response_withheld: "private_address" | "erased" | null;
  payload: Payload;
}

export function presentDelivery(row: DeliveryWithMessage): PresentedDelivery {
  return {
    ...{ id: row.id, message_id: row.message, state: row.state, created_at: row.created_at },
    next_attempt_at: row.state === "pending" ? row.next_attempt_at : null,
    ...{ attempts: attemptsOf(row), response: row.response },
    ...{ response_withheld: row.response_withheld, payload: payloadOf(row) },
  };
}

export function attemptsOf(row: Pick<DeliveryWithMessage, "attempts">): Attempt[] {
  return JSON.parse(row.attempts) as Attempt[];
}

/** What is sent. */
export interface Payload {
  type: string;
  /** ISO 8601, as Standard Webhooks has it. */
  timestamp: string;
  data: Record<string, unknown>;
}

/** The same at every attempt, but for what was erased meanwhile. */
export function payloadOf(
  row: Pick<DeliveryWithMessage, "type" | "occurred_at" | "data" | "personal_values">,
): Payload {
  const data = JSON.parse(row.data) as Record<string, unknown>;
  const personal = row.personal_values === null ? {} : (JSON.parse(row.personal_values) as Record<string, unknown>);
  return { type: row.type, timestamp: new Date(row.occurred_at * 1000).toISOString(), data: { ...data, ...personal } };
}
