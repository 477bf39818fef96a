import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { storableText } from "../../platform/http/schemas.ts";
import { ShopQuery } from "../callers/index.ts";
import { MergedCustomers } from "../moves/index.ts";
import { CreateGuestBody, Guest, JoinGuestBody, SendJoinCodeBody, SentJoinCode } from "./guest-schemas.ts";

const tags = ["customers"];
const GuestParams = z.strictObject({
  customer_id: storableText().meta({ description: "As `POST /api/guests` answered it", examples: ["guest_abc123"] }),
});

/** `POST /api/guests`: what it takes and answers, and its description in openapi.json. */
export const createGuestOperation = {
  config: { scope: "customers:write" as const },
  schema: {
    ...{ operationId: "createGuest", tags, summary: "Make a customer for a buyer without an account" },
    description:
      "A random `customer_id` of ours, for order lines and tokens of a guest order; two guests are never the same, whatever their address. Send an `Idempotency-Key`, such as the order's number, so that a repeated delivery gets the same one. Needs the scope `customers:write`.",
    "x-response-headers": { 201: REPLAYED },
    headers: IdempotencyHeaders,
    querystring: ShopQuery,
    body: CreateGuestBody,
    response: { 201: Guest, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `POST /api/customers/{customer_id}/join-code`: what it takes and answers, and its description in openapi.json. */
export const sendJoinCodeOperation = {
  config: { scope: "customers:write" as const },
  schema: {
    ...{ operationId: "sendJoinCode", tags, summary: "Mail a guest a code that proves the address is theirs" },
    description:
      "It works once, within an hour, and replaces an earlier one; it is in no answer. A minute lies between two. An empty body is `{}`. Needs the scope `customers:write`.",
    params: GuestParams,
    querystring: ShopQuery,
    body: SendJoinCodeBody,
    response: { 200: SentJoinCode, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `POST /api/customers/{customer_id}/join`: what it takes and answers, and its description in openapi.json. */
export const joinGuestOperation = {
  config: { scope: "customers:write" as const },
  schema: {
    ...{ operationId: "joinGuest", tags, summary: "Add what a guest bought to an account" },
    description:
      "As merging the guest into the customer, which can be undone for 30 days. With a `code` only if it is the one that was mailed to the guest; five wrong ones end it. New secrets need `tokens:write` besides. Needs the scope `customers:write`.",
    params: GuestParams,
    querystring: ShopQuery,
    body: JoinGuestBody,
    response: { 200: MergedCustomers, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};
