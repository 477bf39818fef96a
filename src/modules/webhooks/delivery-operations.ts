import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { storableText } from "../../platform/http/schemas.ts";
import { ShopQuery } from "../callers/index.ts";
import { IdParams, READ, WRITE, tags } from "./webhook-operations.ts";
import { DeliveryListQuery, EmptyBody, WebhookDelivery } from "./webhook-schemas.ts";

const DeliveryParams = z.strictObject({
  id: storableText().meta({ description: "The webhook's `id`", examples: ["hook_abc123"] }),
  delivery: storableText().meta({ description: "The delivery's `id`", examples: ["dlv_abc123"] }),
});

/** `GET /api/webhooks/{id}/deliveries`: what it takes and answers, and its description in openapi.json. */
export const listDeliveriesOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listWebhookDeliveries", tags, summary: "What was sent, and what came of it, newest first" },
    description: "Of the last 30 days, with every attempt. Needs the scope `webhooks:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    params: IdParams,
    querystring: DeliveryListQuery,
    response: { 200: z.array(WebhookDelivery).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/webhooks/{id}/test`: what it takes and answers, and its description in openapi.json. */
export const testWebhookOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "testWebhook", tags, summary: "Send a test message" },
    description:
      "Of the type `webhook.test`, whatever the webhook wants to hear. Answers at once; what comes of it is in the list of deliveries. An empty body is `{}`. 409 while the webhook is disabled. Needs the scope `webhooks:write`.",
    "x-response-headers": { 202: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: ShopQuery,
    body: EmptyBody,
    response: { 202: WebhookDelivery, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `POST /api/webhooks/{id}/deliveries/{delivery}/replay`: what it takes and answers. */
export const replayDeliveryOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "replayWebhookDelivery", tags, summary: "Send a message again" },
    description:
      "A new delivery of the same message with the same `webhook-id`, so that a receiver that has it already can tell. Answers at once. An empty body is `{}`. 409 while the webhook is disabled, and while the delivery is pending. Needs the scope `webhooks:write`.",
    "x-response-headers": { 202: REPLAYED },
    headers: IdempotencyHeaders,
    params: DeliveryParams,
    querystring: ShopQuery,
    body: EmptyBody,
    response: { 202: WebhookDelivery, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
