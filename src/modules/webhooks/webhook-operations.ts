import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { storableText } from "../../platform/http/schemas.ts";
import { ShopQuery } from "../callers/index.ts";
import {
  CreateWebhookBody,
  RemovedWebhook,
  RotateWebhookSecretBody,
  UpdateWebhookBody,
  Webhook,
  WebhookListQuery,
  WebhookWithSecret,
} from "./webhook-schemas.ts";

export const IdParams = z.strictObject({
  id: storableText().meta({ description: "The webhook's `id`", examples: ["hook_abc123"] }),
});
export const READ = { scope: "webhooks:read" as const };
export const WRITE = { scope: "webhooks:write" as const };
export const tags = ["webhooks"];

/** `GET /api/webhooks`: what it takes and answers, and its description in openapi.json. */
export const listWebhooksOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listWebhooks", tags, summary: "List webhooks, newest first" },
    description:
      "Those of the shop. A management token with a package bound sees none, because a webhook tells of everything in its shop. Needs the scope `webhooks:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: WebhookListQuery,
    response: { 200: z.array(Webhook).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/webhooks`: what it takes and answers, and its description in openapi.json. */
export const createWebhookOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "createWebhook", tags, summary: "Have events sent to a URL" },
    description:
      "From now on; signed and repeated as Standard Webhooks 1.0.0 has it. `secret` is in this answer and nowhere else. At most 20 for each shop, and none by a management token with a package bound. Needs the scope `webhooks:write`.",
    "x-response-headers": { 201: REPLAYED },
    headers: IdempotencyHeaders,
    querystring: ShopQuery,
    body: CreateWebhookBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 201: WebhookWithSecret, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `GET /api/webhooks/{id}`: what it takes and answers, and its description in openapi.json. */
export const getWebhookOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getWebhook", tags, summary: "One webhook" },
    description: "Without its secret. Needs the scope `webhooks:read`.",
    params: IdParams,
    querystring: ShopQuery,
    response: { 200: Webhook, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/webhooks/{id}`: what it takes and answers, and its description in openapi.json. */
export const updateWebhookOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "updateWebhook", tags, summary: "Change a webhook, disable it or enable it again" },
    description:
      "Changes what is given and leaves the rest. Disabling cancels what waits to be sent; enabling sends what happens from then on, and what was missed can be replayed. Needs the scope `webhooks:write`.",
    params: IdParams,
    querystring: ShopQuery,
    body: UpdateWebhookBody,
    response: { 200: Webhook, ...problems(400, 401, 403, 404, 413, 415) },
  },
};

/** `DELETE /api/webhooks/{id}`: what it takes and answers, and its description in openapi.json. */
export const removeWebhookOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "removeWebhook", tags, summary: "Remove a webhook" },
    description: "What waits to be sent is not sent any more. Needs the scope `webhooks:write`.",
    params: IdParams,
    querystring: ShopQuery,
    response: { 200: RemovedWebhook, ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/webhooks/{id}/rotate-secret`: what it takes and answers, and its description in openapi.json. */
export const rotateWebhookSecretOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "rotateWebhookSecret", tags, summary: "Give a webhook a new secret" },
    description:
      "`secret` is in this answer and nowhere else. For `overlap_seconds` every message has two signatures, by the new secret and by the one before. An empty body is `{}`. Needs the scope `webhooks:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: ShopQuery,
    body: RotateWebhookSecretBody,
    ...ownProblems({ never: ["resource.conflict"] }),
    response: { 200: WebhookWithSecret, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
