import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { AttentionEntry, AttentionListQuery, AttentionParams } from "./attention-schemas.ts";

const tags = ["attention"];

/** `GET /api/attention`: what it takes and answers, and its description in openapi.json. */
export const listAttentionOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "listAttention", tags, summary: "What somebody should look at, what happened last first" },
    description:
      "Such as an order number that two buyers came with. Each entry says what to do, and stays until it is dismissed; what happens again is counted, and opens it again. Of the management token's shop, within its package bound. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: AttentionListQuery,
    response: {
      200: z.array(AttentionEntry).meta({ description: "What happened last first" }),
      ...problems(400, 401, 403, 404),
    },
  },
};

/** `POST /api/attention/{id}/dismiss`: what it takes and answers, and its description in openapi.json. */
export const dismissAttentionOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "dismissAttention", tags, summary: "Dismiss an entry that needs attention" },
    description:
      "Says that it is settled. Repeating it changes nothing and answers the same. If it happens again, the entry is open again. An empty body is `{}`. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: AttentionParams,
    querystring: NoQuery,
    body: z.strictObject({}).meta({ id: "DismissAttention", description: "Nothing", examples: [{}] }),
    response: { 200: AttentionEntry, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `POST /api/attention/{id}/confirm`: what it takes and answers, and its description in openapi.json. */
export const confirmAttentionOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "confirmAttention", tags, summary: "Say yes to what an entry asks" },
    description:
      "Of the kind `customer.another_address`: it is the same person. What was sold becomes a line of the customer's order, its token opens all that the customer has, and the address is one of the customer's from now on; the entry is dismissed. Other kinds ask nothing, and are 409; so is a token that was revoked. Repeating it changes nothing. An empty body is `{}`. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: AttentionParams,
    querystring: NoQuery,
    body: z.strictObject({}).meta({ id: "ConfirmAttention", description: "Nothing", examples: [{}] }),
    response: { 200: AttentionEntry, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
