import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryChoice, storableText } from "../../platform/http/schemas.ts";
import { OverlapSeconds } from "../rotated-secrets/index.ts";
import { shopParameter } from "../callers/index.ts";
import { EVENT_PATTERNS, EVENT_TYPES } from "./event-types.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const url = storableText()
  .max(2000)
  .meta({
    description:
      "Where events are sent by POST. `https://`, without a password and without a part behind `#`; at a public address, unless WEBHOOK_PRIVATE_NETWORKS lists it or the server was started with ALLOW_PRIVATE_NETWORKS=1",
    examples: ["https://shop.example.com/webhooks/package-broker"],
  });
const events = z
  .array(
    storableText().refine((text) => EVENT_PATTERNS.includes(text), {
      error: `must be one of ${EVENT_PATTERNS.join(", ")}`,
    }),
  )
  .min(1, 'must name at least one; ["*"] is every event')
  .max(EVENT_PATTERNS.length)
  .meta({
    description: `What is sent: ${EVENT_TYPES.map((type) => `\`${type}\``).join(", ")}; \`token.*\` is every event that begins so, \`*\` is every event, also those of later releases`,
    examples: [["token.*", "package.version_released"]],
  });
const description = storableText()
  .max(200)
  .meta({ description: "For people", examples: ["CRM"] });
const enabled = z.boolean().meta({ description: "While it is false, nothing is sent and nothing is kept for later" });

const EXAMPLE = {
  url: "https://shop.example.com/webhooks/package-broker",
  events: ["token.*", "package.version_released"],
};

export const CreateWebhookBody = z
  .strictObject({ url, events, description: description.nullish(), enabled: enabled.nullish() })
  .meta({ id: "CreateWebhook", examples: [{ ...EXAMPLE, description: "CRM" }] });
export type CreateWebhookBody = z.infer<typeof CreateWebhookBody>;

export const UpdateWebhookBody = z
  .strictObject({
    ...{ url: url.optional(), events: events.optional(), description: description.optional() },
    enabled: enabled.optional(),
  })
  .meta({ id: "UpdateWebhook", examples: [{ events: ["*"], enabled: true }] });
export type UpdateWebhookBody = z.infer<typeof UpdateWebhookBody>;

export const RotateWebhookSecretBody = z
  .strictObject({ overlap_seconds: OverlapSeconds.nullish() })
  .meta({ id: "RotateWebhookSecret", examples: [{ overlap_seconds: 86400 }] });

export const EmptyBody = z.strictObject({}).meta({ id: "Nothing", description: "Nothing", examples: [{}] });

export const WebhookListQuery = z.strictObject({ shop: shopParameter, limit: pageLimit(), cursor: pageCursor() });

export const DeliveryListQuery = z.strictObject({
  shop: shopParameter,
  state: queryChoice(["pending", "delivered", "failed", "cancelled"]).optional().meta({ description: "Only these" }),
  limit: pageLimit(),
  cursor: pageCursor(),
});

const id = z.string().meta({ examples: ["hook_abc123"] });
const fields = {
  url: z.string(),
  events: z.array(z.string()),
  description: z.string(),
  enabled: z.boolean(),
  disabled_reason: z
    .enum(["manual", "gone"])
    .nullable()
    .meta({ description: "`gone`: its receiver answered 410; `manual`: over the API; null while it is enabled" }),
  shop: z.string().meta({ description: "The shop whose events it gets", examples: ["default"] }),
  created_by: z.string().meta({
    description: "Id of the management token or user that made it. It outlives both",
    examples: ["mgmt_abc123"],
  }),
  created_at: UnixSeconds,
  updated_at: UnixSeconds,
  previous_secret_expires_at: UnixSeconds.nullable().meta({
    description: "Until when the secret before signs besides the new one; null: it does not",
  }),
};

export const Webhook = z.object({ id, ...fields }).meta({ id: "Webhook", description: "Where events are sent" });

export const WebhookWithSecret = z
  .object({
    id,
    secret: z.string().meta({ description: "What signatures are made with. Shown this once.", examples: ["whsec_…"] }),
    ...fields,
  })
  .meta({ id: "WebhookWithSecret", description: "A webhook, with its new secret" });

export const RemovedWebhook = z
  .object({ message: z.literal("Webhook removed") })
  .meta({ id: "RemovedWebhook", description: "The webhook is removed; nothing more is sent" });

const Attempt = z.object({
  at: UnixSeconds,
  status: z.int().nullable().meta({ description: "HTTP status; null where nobody answered" }),
  duration_ms: z.int(),
  error: z.string().nullable().meta({ description: "In words; null when it was delivered" }),
});

export const WebhookDelivery = z
  .object({
    id: z.string().meta({ examples: ["dlv_abc123"] }),
    message_id: z.string().meta({
      description: "The `webhook-id` that is sent: the same at every attempt and for every webhook",
      examples: ["msg_abc123"],
    }),
    state: z.enum(["pending", "delivered", "failed", "cancelled"]).meta({
      description:
        "`pending`: it is tried at `next_attempt_at`; `failed`: the last attempt failed or the receiver answered 410; `cancelled`: the webhook was disabled or removed before",
    }),
    created_at: UnixSeconds,
    next_attempt_at: UnixSeconds.nullable(),
    attempts: z.array(Attempt).meta({ description: "Oldest first; at most ten" }),
    response: z.string().nullable().meta({
      description: "The beginning of the last answer's body, 1 kB at most. Written by the receiver: untrusted",
    }),
    response_withheld: z.enum(["private_address", "erased"]).nullable().meta({
      description:
        "Why there is no `response`: `private_address`: the answers of receivers in private networks are not kept; `erased`: the customer it is about was erased; null: there is one, or nobody answered",
    }),
    payload: z
      .object({
        type: z.string().meta({ examples: ["token.created"] }),
        timestamp: z
          .string()
          .meta({ description: "When it happened, ISO 8601", examples: ["2027-01-15T08:00:00.000Z"] }),
        data: z.record(z.string(), z.unknown()),
      })
      .meta({ description: "What is sent" }),
  })
  .meta({ id: "WebhookDelivery", description: "A message on its way to one webhook" });
