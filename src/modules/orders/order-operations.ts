import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { ShopQuery } from "../callers/index.ts";
import { OrderActionBody, OrderParams, RestoredOrder, RevokedOrder, SuspendedOrder } from "./order-schemas.ts";

const WRITE = { scope: "tokens:write" as const };
const tags = ["orders"];
const request = {
  "x-response-headers": { 200: REPLAYED },
  headers: IdempotencyHeaders,
  params: OrderParams,
  querystring: ShopQuery,
  body: OrderActionBody,
};
const WHOSE =
  "Of one buyer: where several have an order of this number and none is named, 409 lists them and nothing is done.";
const refusals = problems(400, 401, 403, 404, 409, 413, 415, 422);

/** `POST /api/orders/{order_id}/revoke`: what it takes and answers, and its description in openapi.json. */
export const revokeOrderOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "revokeOrder", tags, summary: "End everything of an order, at once" },
    description: `Every token of it, however it was made, and what its lines granted, in force with their next request. ${WHOSE} It is remembered for a sale that is delivered later. Repeating it ends what came since; for 30 days \`restore\` takes it back. An empty body is \`{}\`. Needs the scope \`tokens:write\`.`,
    ...request,
    response: { 200: RevokedOrder, ...refusals },
  },
};

/** `POST /api/orders/{order_id}/restore`: what it takes and answers, and its description in openapi.json. */
export const restoreOrderOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "restoreOrder", tags, summary: "Take the last revocation of an order back" },
    description: `For 30 days: its tokens work again with the secrets they had, and its lines grant what they did, as far as nothing else ended them. ${WHOSE} Repeating it changes nothing. An empty body is \`{}\`. Needs the scope \`tokens:write\`.`,
    ...request,
    response: { 200: RestoredOrder, ...refusals },
  },
};

/** `POST /api/orders/{order_id}/suspend`: what it takes and answers, and its description in openapi.json. */
export const suspendOrderOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "suspendOrder", tags, summary: "Suspend everything of an order until it is resumed" },
    description: `Its tokens open nothing from their next request on, what its lines granted is closed, also what is sold under its number meanwhile; no date moves. ${WHOSE} Repeating it changes nothing. An empty body is \`{}\`. Needs the scope \`tokens:write\`.`,
    ...request,
    response: { 200: SuspendedOrder, ...refusals },
  },
};

/** `POST /api/orders/{order_id}/resume`: what it takes and answers, and its description in openapi.json. */
export const resumeOrderOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "resumeOrder", tags, summary: "End the suspension of an order" },
    description: `A token or a customer that was suspended by itself stays so. ${WHOSE} Repeating it changes nothing; a revoked order is restored first. An empty body is \`{}\`. Needs the scope \`tokens:write\`.`,
    ...request,
    response: { 200: SuspendedOrder, ...refusals },
  },
};
