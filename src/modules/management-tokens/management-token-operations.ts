import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import {
  CreateManagementTokenBody,
  CreatedManagementToken,
  ManagementToken,
  ManagementTokenDetail,
  ManagementTokenListQuery,
  RevokedManagementToken,
  RotateManagementTokenBody,
  RotatedManagementToken,
  UpdateManagementTokenBody,
} from "./management-token-schemas.ts";

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The management token's `id`", examples: ["mgmt_abc123"] }),
});
const READ = { scope: "management_tokens:read" as const };
const WRITE = { scope: "management_tokens:write" as const };
const tags = ["management tokens"];

/** `GET /api/management-tokens`: what it takes and answers, and its description in openapi.json. */
export const listManagementTokensOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listManagementTokens", tags, summary: "List management tokens, newest first" },
    description:
      "Those of the calling management token's shop, within its package bound; expired and revoked ones too. Needs the scope `management_tokens:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: ManagementTokenListQuery,
    response: { 200: z.array(ManagementToken).meta({ description: "Newest first" }), ...problems(400, 401, 403) },
  },
};

/** `POST /api/management-tokens`: what it takes and answers, and its description in openapi.json. */
export const createManagementTokenOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "createManagementToken", tags, summary: "Create a management token" },
    description:
      "For another shop system or script. The secret, `token`, is in this answer and nowhere else. Nobody makes one with more scopes, a wider package bound, other networks or another shop than their own. Owners are told by mail. Needs the scope `management_tokens:write`.",
    "x-response-headers": { 201: REPLAYED },
    headers: IdempotencyHeaders,
    querystring: NoQuery,
    body: CreateManagementTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"], never: ["resource.conflict"] }),
    response: { 201: CreatedManagementToken, ...problems(400, 401, 403, 409, 413, 415, 422) },
  },
};

/** `GET /api/management-tokens/{id}`: what it takes and answers, and its description in openapi.json. */
export const getManagementTokenOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getManagementToken", tags, summary: "One management token" },
    description: "Also a revoked one. Needs the scope `management_tokens:read`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: ManagementTokenDetail, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/management-tokens/{id}`: what it takes and answers, and its description in openapi.json. */
export const updateManagementTokenOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "updateManagementToken", tags, summary: "Rename a management token, or change its settings" },
    description:
      "Changes what is given and leaves the rest; null clears. In force with its next request. Scopes, shop, package bound and end are for ever: create another one. Owners are told by mail when it may be used from more networks. Only of a token whose scopes the calling one has too. Needs the scope `management_tokens:write`.",
    params: IdParams,
    querystring: NoQuery,
    body: UpdateManagementTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: ManagementToken, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `DELETE /api/management-tokens/{id}`: what it takes and answers, and its description in openapi.json. */
export const revokeManagementTokenOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "revokeManagementToken", tags, summary: "Revoke a management token, for good and at once" },
    description:
      "Its next request is refused; customer tokens and webhooks it made stay, and `enabled_webhooks` says how many webhooks that are. It may be the very token that calls. Repeating it changes nothing and answers the same. Needs the scope `management_tokens:write`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: RevokedManagementToken, ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/management-tokens/{id}/rotate`: what it takes and answers, and its description in openapi.json. */
export const rotateManagementTokenOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "rotateManagementToken", tags, summary: "Give a management token a new secret" },
    description:
      "The new secret, `token`, is in this answer and nowhere else; everything else stays. The secret before goes on working for `overlap_seconds`, an older one ends at once. Owners are told by mail. An empty body is `{}`. Only of a token whose scopes the calling one has too. Needs the scope `management_tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: NoQuery,
    body: RotateManagementTokenBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: RotatedManagementToken, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
