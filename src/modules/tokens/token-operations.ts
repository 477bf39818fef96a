import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { IfMatchHeaders, ETAG } from "../../platform/http/if-match-header.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { RenewBody } from "../renewals/index.ts";
import {
  ChangedToken,
  CreateTokenBody,
  CreateTokenQuery,
  CreatedToken,
  DuplicateToken,
  RenewedToken,
  RevokeTokenQuery,
  RevokedToken,
  RotateTokenBody,
  RotateTokenQuery,
  RotatedToken,
  Token,
  TokenActionBody,
  TokenListQuery,
  TokenWithUsage,
  UpdateTokenBody,
} from "./token-schemas.ts";

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The token's `id`", examples: ["token_abc123"] }),
});

/** `POST /api/tokens`: what it takes and answers, and its description in openapi.json. */
export const createTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "createToken", tags: ["tokens"], summary: "Create a customer token" },
    description:
      "Makes the Composer credential of a sale. The secret, `token`, is in this answer and nowhere else. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED, 201: REPLAYED },
    headers: IdempotencyHeaders,
    querystring: CreateTokenQuery,
    body: CreateTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: DuplicateToken, 201: CreatedToken, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `GET /api/tokens`: what it takes and answers, and its description in openapi.json. */
export const listTokensOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "listTokens", tags: ["tokens"], summary: "List customer tokens, newest first" },
    description:
      "The tokens of the management token's shop, within its package bound; revoked ones only when asked for. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: TokenListQuery,
    response: { 200: z.array(Token).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/tokens/{id}`: what it takes and answers, and its description in openapi.json. */
export const getTokenOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "getToken", tags: ["tokens"], summary: "One customer token, with its usage" },
    description: "Also of a revoked token. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: ETAG },
    params: IdParams,
    querystring: NoQuery,
    response: { 200: TokenWithUsage, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/tokens/{id}`: what it takes and answers, and its description in openapi.json. */
export const updateTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "updateToken", tags: ["tokens"], summary: "Extend, narrow or relabel a customer token" },
    description:
      "Changes what is given and leaves the rest; null clears. In force with the token's next request: a later `expires_at` is a renewal, fewer prefixes end the access to the others. To add a paid term use `POST …/renew`, which never shortens and may be repeated. A revoked token cannot be changed. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: ETAG },
    headers: IfMatchHeaders,
    params: IdParams,
    querystring: NoQuery,
    body: UpdateTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: ChangedToken, ...problems(400, 401, 403, 404, 409, 412, 413, 415) },
  },
};

/** `POST /api/tokens/{id}/renew`: what it takes and answers, and its description in openapi.json. */
export const renewTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "renewToken", tags: ["tokens"], summary: "Renew a customer token, as often as it is told" },
    description:
      "Moves `updates_until` where the token has one, else `expires_at`; never to an earlier time, and one that never ends stays so. `until` names the new end. `by` adds a term of the calendar to the end it has, or to now where that is past; each `renewal_id` counts once and for ever. In force with the token's next request. A revoked token cannot be renewed. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: ETAG },
    params: IdParams,
    querystring: NoQuery,
    body: RenewBody,
    ...ownProblems({ more: ["renewal.id_reused"], never: ["idempotency.key_reused"] }),
    response: { 200: RenewedToken, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `DELETE /api/tokens/{id}`: what it takes and answers, and its description in openapi.json. */
export const revokeTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "revokeToken", tags: ["tokens"], summary: "Revoke a customer token, at once" },
    description:
      "The token's next request is refused. Repeating it changes nothing and answers the same. For 30 days `restore` takes it back, unless `why` is given. Needs the scope `tokens:write`.",
    params: IdParams,
    querystring: RevokeTokenQuery,
    response: { 200: RevokedToken, ...problems(400, 401, 403, 404) },
  },
};

const actionOnToken = {
  params: IdParams,
  querystring: NoQuery,
  body: TokenActionBody,
  response: { 200: Token, ...problems(400, 401, 403, 404, 409, 413, 415) },
};

/** `POST /api/tokens/{id}/restore`: what it takes and answers, and its description in openapi.json. */
export const restoreTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "restoreToken", tags: ["tokens"], summary: "Take the revocation of a customer token back" },
    description:
      "For 30 days, with the secret it had; the buyer changes nothing. Not of one that was revoked as leaked, was replaced, transferred or erased, nor of a revoked customer's: restore the customer. One that is not revoked stays as it is. An empty body is `{}`. Needs the scope `tokens:write`.",
    ...actionOnToken,
  },
};

/** `POST /api/tokens/{id}/suspend`: what it takes and answers, and its description in openapi.json. */
export const suspendTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "suspendToken", tags: ["tokens"], summary: "Suspend a customer token until it is resumed" },
    description:
      "It opens nothing from its next request on, and composer says so; no date moves, and it may be renewed meanwhile. Repeating it changes nothing. A revoked token cannot be suspended. An empty body is `{}`. Needs the scope `tokens:write`.",
    ...actionOnToken,
  },
};

/** `POST /api/tokens/{id}/resume`: what it takes and answers, and its description in openapi.json. */
export const resumeTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "resumeToken", tags: ["tokens"], summary: "End the suspension of a customer token" },
    description:
      "Of the token itself: while its customer or its order is suspended it stays so, and `suspended_by` says which. Repeating it changes nothing. A revoked token cannot be resumed. An empty body is `{}`. Needs the scope `tokens:write`.",
    ...actionOnToken,
  },
};

/** `POST /api/tokens/{id}/rotate`: what it takes and answers, and its description in openapi.json. */
export const rotateTokenOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "rotateToken", tags: ["tokens"], summary: "Give a customer token a new secret" },
    description:
      "The new secret, `token`, is in this answer and nowhere else; everything else of the token stays. The secret before goes on working for `overlap_seconds`, an older one ends at once. An empty body is `{}`. A revoked token cannot be rotated. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: RotateTokenQuery,
    body: RotateTokenBody,
    response: { 200: RotatedToken, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
