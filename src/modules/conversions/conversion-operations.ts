import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { ConversionPreview, ConvertTokenBody, ConvertedToken } from "./conversion-schemas.ts";

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The token's `id`", examples: ["token_abc123"] }),
});

/** `POST /api/tokens/{id}/convert`: what it takes and answers, and its description in openapi.json. */
export const convertTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    operationId: "convertToken",
    tags: ["tokens"],
    summary: "Let a token open everything its customer has",
    description:
      "What a management token's `credential` does with a sale, for a token that was sold without it: what it was sold with becomes a line of the customer's order, for all tokens of the customer that open what the customer has, and the token opens everything of the customer, within the bound of whoever made it and of the caller. Secret, limit and dates stay; from then on `expires_at` ends that line and not the token. 409 for a token that is revoked, suspended, for a project or without a customer, and for one that was sold with an address the customer never had, unless `same_person` is true. Repeating it changes nothing. An empty body is `{}`. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: NoQuery,
    body: ConvertTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: ConvertedToken, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `POST /api/tokens/{id}/convert/preview`: what it takes and answers, and its description in openapi.json. */
export const previewConversionOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    operationId: "previewConversion",
    tags: ["tokens"],
    summary: "What converting a token would open, and for whom",
    description:
      "By each token of its customer that the caller sees. Refuses what the conversion would refuse, but for the address. Changes nothing. An empty body is `{}`. Needs the scope `tokens:read`.",
    params: IdParams,
    querystring: NoQuery,
    body: ConvertTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: ConversionPreview, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};
