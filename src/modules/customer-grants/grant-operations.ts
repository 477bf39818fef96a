import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { RenewBody } from "../renewals/index.ts";
import {
  CancelQuery,
  CancelledGrantLine,
  CancelledOrder,
  GrantLine,
  LineParams,
  OrderParams,
  RenewedGrantLine,
  SetGrantLineAnswer,
  SetGrantLineBody,
} from "./grant-schemas.ts";

const READ = { scope: "grants:read" as const };
const WRITE = { scope: "grants:write" as const };
const tags = ["grants"];

/** `PUT …/grants/{shop}/{order_id}/{line}`: what it takes and answers, and its description in openapi.json. */
export const setGrantLineOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "setGrantLine", tags, summary: "Grant what a line of an order sold, or replace it" },
    description:
      'Makes the customer if need be. Repeating it changes nothing; events may arrive in any order, and the one that happened later counts (at the same time: a cancellation). Tokens with `"access": "customer"` see it with their next request. Needs the scope `grants:write`.',
    params: LineParams,
    querystring: NoQuery,
    body: SetGrantLineBody,
    ...ownProblems({ more: ["auth.outside_bound"], never: ["sale.ended"] }),
    response: {
      200: SetGrantLineAnswer.meta({ description: "Replaced, unchanged, or overtaken by something newer" }),
      201: SetGrantLineAnswer.meta({ description: "Granted for the first time" }),
      ...problems(400, 401, 403, 404, 409, 413, 415),
    },
  },
};

/** `GET …/grants/{shop}/{order_id}/{line}`: what it takes and answers, and its description in openapi.json. */
export const getGrantLineOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getGrantLine", tags, summary: "What a line of an order grants" },
    description: "Also of a line that was cancelled. Needs the scope `grants:read`.",
    params: LineParams,
    querystring: NoQuery,
    response: { 200: GrantLine, ...problems(400, 401, 403, 404) },
  },
};

/** `POST …/grants/{shop}/{order_id}/{line}/renew`: what it takes and answers, and its description in openapi.json. */
export const renewGrantLineOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "renewGrantLine", tags, summary: "Renew a line of an order, as often as it is told" },
    description:
      "Moves `updates_until` where the line has one, else `expires_at`; never to an earlier time, and one that never ends stays so. `until` names the new end. `by` adds a term of the calendar to the end it has, or to now where that is past; each `renewal_id` counts once and for ever. A cancelled line cannot be renewed, and a suspended one stays so. Needs the scope `grants:write`.",
    params: LineParams,
    querystring: NoQuery,
    body: RenewBody,
    ...ownProblems({ more: ["renewal.id_reused"], never: ["idempotency.key_reused"] }),
    response: { 200: RenewedGrantLine, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `DELETE …/grants/{shop}/{order_id}/{line}`: what it takes and answers, and its description in openapi.json. */
export const cancelGrantLineOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "cancelGrantLine", tags, summary: "Cancel a line of an order" },
    description:
      "In force with the next request. With `?keep=released` what was released by then stays installable for ever. A cancellation that comes before its purchase is remembered. Needs the scope `grants:write`.",
    params: LineParams,
    querystring: CancelQuery,
    response: { 200: CancelledGrantLine, ...problems(400, 401, 403, 404) },
  },
};

/** `DELETE …/grants/{shop}/{order_id}`: what it takes and answers, and its description in openapi.json. */
export const cancelOrderOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "cancelOrder", tags, summary: "Cancel every line of an order" },
    description:
      "As each line by itself, and for lines that come later but were sold before. Needs the scope `grants:write`.",
    params: OrderParams,
    querystring: CancelQuery,
    response: { 200: CancelledOrder, ...problems(400, 401, 403, 404) },
  },
};
