import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { storableText } from "../../platform/http/schemas.ts";
import { AuditEvent } from "../audit-events/index.ts";
import { ShopQuery } from "../callers/index.ts";
import { Token } from "../tokens/index.ts";
import { CustomerUsageQuery, UsageRow } from "../usage-reports/index.ts";
import {
  Customer,
  NamedCustomer,
  CustomerGrant,
  CustomerListQuery,
  CustomerPageQuery,
  CustomerTokenQuery,
  RestoreCustomerBody,
  RestoredCustomer,
  RevokeCustomerBody,
  RevokedCustomer,
  SuspendCustomerBody,
  SuspendedCustomer,
  TransferCustomerBody,
  TransferredCustomer,
  UpdateCustomerBody,
} from "./customer-schemas.ts";

const CustomerParams = z.strictObject({
  customer_id: storableText().meta({
    description: "The shop's own id, as in `metadata.customer_id`; a slash is written `%2F`",
    examples: ["42"],
  }),
});
const READ = { scope: "customers:read" as const };
const WRITE = { scope: "customers:write" as const };
const tags = ["customers"];

/** `GET /api/customers`: what it takes and answers, and its description in openapi.json. */
export const listCustomersOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listCustomers", tags, summary: "List and search customers, newest first" },
    description:
      "Of the management token's shop; with a package bound only customers that hold nothing outside it. Needs the scope `customers:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: CustomerListQuery,
    response: { 200: z.array(Customer).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/customers/{customer_id}`: what it takes and answers, and its description in openapi.json. */
export const getCustomerOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getCustomer", tags, summary: "One customer" },
    description: "Where several shops have one of this id, a user names the `shop`. Needs the scope `customers:read`.",
    params: CustomerParams,
    querystring: ShopQuery,
    response: { 200: NamedCustomer, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/customers/{customer_id}`: what it takes and answers, and its description in openapi.json. */
export const updateCustomerOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "updateCustomer", tags, summary: "Change a customer's e-mail address" },
    description:
      "Mails about all that was sold so far go to it from now on, also those that wait; what the shop wrote into the metadata of tokens stays as it is. Needs the scope `customers:write`.",
    params: CustomerParams,
    querystring: ShopQuery,
    body: UpdateCustomerBody,
    response: { 200: NamedCustomer, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `POST /api/customers/{customer_id}/revoke`: what it takes and answers, and its description in openapi.json. */
export const revokeCustomerOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "revokeCustomer", tags, summary: "Revoke everything a customer has, at once" },
    description:
      "All its tokens and grants, in force with their next request. Repeating it revokes nothing more. The shop may sell to the customer again, and `restore` undoes it. An empty body is `{}`. Needs the scope `customers:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: CustomerParams,
    querystring: ShopQuery,
    body: RevokeCustomerBody,
    ...ownProblems({ never: ["resource.conflict"] }),
    response: { 200: RevokedCustomer, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `POST /api/customers/{customer_id}/restore`: what it takes and answers, and its description in openapi.json. */
export const restoreCustomerOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "restoreCustomer", tags, summary: "Undo the last revocation of a customer" },
    description:
      "The tokens that it ended work again with the secrets they had, never those that were revoked by themselves; the customer's grants are what they were. Of several revocations the last one that ended something counts. Repeating it changes nothing and says so. An empty body is `{}`. Needs the scope `customers:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: CustomerParams,
    querystring: ShopQuery,
    body: RestoreCustomerBody,
    response: { 200: RestoredCustomer, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `POST /api/customers/{customer_id}/suspend`: what it takes and answers, and its description in openapi.json. */
export const suspendCustomerOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "suspendCustomer", tags, summary: "Suspend everything a customer has until it is resumed" },
    description:
      "Its tokens open nothing from their next request on, also what it is sold meanwhile; no date moves. Repeating it changes nothing. An empty body is `{}`. Needs the scope `customers:write`.",
    params: CustomerParams,
    querystring: ShopQuery,
    body: SuspendCustomerBody,
    response: { 200: SuspendedCustomer, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `POST /api/customers/{customer_id}/resume`: what it takes and answers, and its description in openapi.json. */
export const resumeCustomerOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "resumeCustomer", tags, summary: "End the suspension of a customer" },
    description:
      "What of it was suspended by itself, a token or an order, stays so. Repeating it changes nothing. A revoked customer is restored first. An empty body is `{}`. Needs the scope `customers:write`.",
    params: CustomerParams,
    querystring: ShopQuery,
    body: SuspendCustomerBody,
    response: { 200: SuspendedCustomer, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `POST /api/customers/{customer_id}/transfer`: what it takes and answers, and its description in openapi.json. */
export const transferCustomerOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "transferCustomer", tags, summary: "Give a customer to a new owner, with new secrets" },
    description:
      "Every token that is not revoked gets a new secret, which is in this answer and nowhere else; the secrets before go on working for `overlap_seconds`. The new address replaces the old one in the customer and in the metadata and descriptions of its tokens. Grants stay. What was revoked with the customer before cannot be restored any more. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: CustomerParams,
    querystring: ShopQuery,
    body: TransferCustomerBody,
    response: { 200: TransferredCustomer, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `GET /api/customers/{customer_id}/tokens`: what it takes and answers, and its description in openapi.json. */
export const listCustomerTokensOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "listCustomerTokens", tags, summary: "List a customer's tokens, newest first" },
    description: "Revoked ones too. Never cut short unless `limit` is given. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    params: CustomerParams,
    querystring: CustomerTokenQuery,
    response: { 200: z.array(Token).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/customers/{customer_id}/grants`: what it takes and answers, and its description in openapi.json. */
export const listCustomerGrantsOperation = {
  config: { scope: "grants:read" as const },
  schema: {
    ...{ operationId: "listCustomerGrants", tags, summary: "List what a customer may read, newest first" },
    description: "Its own grants and those of its tokens, ended ones too. Needs the scope `grants:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    params: CustomerParams,
    querystring: CustomerPageQuery,
    response: { 200: z.array(CustomerGrant).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/customers/{customer_id}/history`: what it takes and answers, and its description in openapi.json. */
export const listCustomerHistoryOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listCustomerHistory", tags, summary: "List a customer's audit records, newest first" },
    description: "What was done to the customer and its tokens. Needs the scope `customers:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    params: CustomerParams,
    querystring: CustomerPageQuery,
    response: { 200: z.array(AuditEvent).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/customers/{customer_id}/usage`: what it takes and answers, and its description in openapi.json. */
export const getCustomerUsageOperation = {
  config: { scope: "usage:read" as const },
  schema: {
    ...{ operationId: "getCustomerUsage", tags, summary: "What a customer's tokens were used for" },
    description: "As `GET /api/usage`, of this customer. Needs the scope `usage:read`.",
    params: CustomerParams,
    querystring: CustomerUsageQuery,
    response: { 200: z.array(UsageRow).meta({ description: "By day" }), ...problems(400, 401, 403, 404) },
  },
};
