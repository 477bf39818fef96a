import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { ShopQuery } from "../callers/index.ts";
import {
  MergeCustomersBody,
  MergedCustomers,
  Move,
  MoveOrderBody,
  MovePreview,
  MoveTokenBody,
  MovedOneToken,
  MovedOrder,
  UndoMoveBody,
  UndoneMove,
} from "./move-schemas.ts";

const CustomerParams = z.strictObject({
  customer_id: storableText().meta({
    description: "The shop's own id, as in `metadata.customer_id`; a slash is written `%2F`",
    examples: ["42"],
  }),
});
const TokenParams = z.strictObject({
  id: storableText().meta({ description: "The token's `id`", examples: ["token_abc123"] }),
});
const OrderParams = z.strictObject({
  order_id: storableText().meta({
    description: "The shop's own id, as in `metadata.order_id`; a slash is written `%2F`",
    examples: ["order_12345"],
  }),
});
const MoveParams = z.strictObject({
  id: storableText().meta({ description: "The move's `id`", examples: ["move_abc123"] }),
});
const MOVE = { scope: "customers:write" as const };
const READ = { scope: "customers:read" as const };
const NEEDS = "New secrets need `tokens:write` besides. Needs the scope `customers:write`.";
const UNDO = "Can be undone for 30 days.";
const failures = problems(400, 401, 403, 404, 409, 413, 415, 422);
const previewFailures = problems(400, 401, 403, 404, 409, 413, 415);

/** `POST /api/customers/{customer_id}/merge`: what it takes and answers, and its description in openapi.json. */
export const mergeCustomersOperation = {
  config: MOVE,
  schema: {
    ...{ operationId: "mergeCustomers", tags: ["customers"], summary: "Merge a customer into another one" },
    description: `Both are of one shop. Tokens, order lines, addresses, mails and use are the other one's from then on, and the id in the path names that one in every call: sales, endings, look-ups. Nothing that ended comes alive. Tokens that are not revoked get new secrets unless \`rotate\` is \`false\`. ${UNDO} ${NEEDS}`,
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: CustomerParams,
    querystring: ShopQuery,
    body: MergeCustomersBody,
    response: { 200: MergedCustomers, ...failures },
  },
};

/** `POST /api/customers/{customer_id}/merge/preview`: what it takes and answers, and its description in openapi.json. */
export const previewMergeOperation = {
  config: READ,
  schema: {
    ...{ operationId: "previewMerge", tags: ["customers"], summary: "What merging two customers would open" },
    description: "By each credential of both. Changes nothing. Needs the scope `customers:read`.",
    params: CustomerParams,
    querystring: ShopQuery,
    body: MergeCustomersBody,
    response: { 200: MovePreview, ...previewFailures },
  },
};

/** `POST /api/tokens/{id}/move`: what it takes and answers, and its description in openapi.json. */
export const moveTokenOperation = {
  config: MOVE,
  schema: {
    ...{ operationId: "moveToken", tags: ["tokens"], summary: "Give one token to another customer" },
    description: `Its metadata and description name the new owner, and the old secret ends unless \`rotate\` is \`false\`. What it is narrowed to stays; what it reads of its customer is the new one's. A token that came with an order line goes with its order: 409. ${UNDO} ${NEEDS}`,
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: TokenParams,
    querystring: NoQuery,
    body: MoveTokenBody,
    response: { 200: MovedOneToken, ...failures },
  },
};

/** `POST /api/tokens/{id}/move/preview`: what it takes and answers, and its description in openapi.json. */
export const previewTokenMoveOperation = {
  config: READ,
  schema: {
    ...{ operationId: "previewTokenMove", tags: ["tokens"], summary: "What a token would open of another customer" },
    description: "Changes nothing. Needs the scope `customers:read`.",
    params: TokenParams,
    querystring: NoQuery,
    body: MoveTokenBody,
    response: { 200: MovePreview, ...previewFailures },
  },
};

/** `POST /api/orders/{order_id}/move`: what it takes and answers, and its description in openapi.json. */
export const moveOrderOperation = {
  config: MOVE,
  schema: {
    ...{ operationId: "moveOrder", tags: ["orders"], summary: "Give one order to another customer" },
    description: `Its tokens, which name the new owner from then on, and its lines. What the shop tells of the order under the old customer reaches it where it is. Where several buyers have an order of this number, say whose it is: else 409 that lists them. ${UNDO} ${NEEDS}`,
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: OrderParams,
    querystring: ShopQuery,
    body: MoveOrderBody,
    response: { 200: MovedOrder, ...failures },
  },
};

/** `POST /api/orders/{order_id}/move/preview`: what it takes and answers, and its description in openapi.json. */
export const previewOrderMoveOperation = {
  config: READ,
  schema: {
    ...{ operationId: "previewOrderMove", tags: ["orders"], summary: "What moving an order would open and close" },
    description: "By each credential of both customers. Changes nothing. Needs the scope `customers:read`.",
    params: OrderParams,
    querystring: ShopQuery,
    body: MoveOrderBody,
    response: { 200: MovePreview, ...previewFailures },
  },
};

/** `GET /api/customers/{customer_id}/moves`: what it takes and answers, and its description in openapi.json. */
export const listMovesOperation = {
  config: READ,
  schema: {
    ...{
      operationId: "listCustomerMoves",
      tags: ["customers"],
      summary: "List what was merged or moved, newest first",
    },
    description: "From this customer or to it. Needs the scope `customers:read`.",
    params: CustomerParams,
    querystring: ShopQuery,
    response: { 200: z.array(Move).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/moves/{id}/undo`: what it takes and answers, and its description in openapi.json. */
export const undoMoveOperation = {
  config: MOVE,
  schema: {
    ...{ operationId: "undoMove", tags: ["customers"], summary: "Undo a merge or a move" },
    description: `Within 30 days. What ended meanwhile stays ended; what was sold meanwhile stays where it was sold. Tokens get new secrets unless \`rotate\` is \`false\`, because others know them. An empty body is \`{}\`. ${NEEDS}`,
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: MoveParams,
    querystring: NoQuery,
    body: UndoMoveBody,
    response: { 200: UndoneMove, ...failures },
  },
};
