import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nowSeconds } from "../../platform/clock.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import type { MovedToken } from "../tokens/index.ts";
import { listMoves } from "./list-moves.ts";
import { mergeCustomers, previewMerge } from "./merge-customers.ts";
import type { MergedCustomers } from "./merge-customers.ts";
import type { MoveDeps } from "./move-deps.ts";
import { moveOrder, previewOrderMove } from "./move-order.ts";
import {
  listMovesOperation,
  mergeCustomersOperation,
  moveOrderOperation,
  moveTokenOperation,
  previewMergeOperation,
  previewOrderMoveOperation,
  previewTokenMoveOperation,
  undoMoveOperation,
} from "./move-operations.ts";
import { UNDO_SECONDS } from "./move-parties.ts";
import { moveToken, previewTokenMove } from "./move-token.ts";
import { givenBack, movedTo } from "./replayed-moves.ts";
import { undoMove } from "./undo-move.ts";

const CUSTOMER = "/api/customers/:customer_id";

/** What one customer has is another one's: merged, moved, and given back. */
export const moveRoutes: FastifyPluginCallbackZod<MoveDeps & IdempotencyDeps> = (app, deps, done) => {
  const undoUntil = () => nowSeconds(deps.clock) + UNDO_SECONDS;
  app.post(`${CUSTOMER}/merge`, mergeCustomersOperation, (request, reply) => {
    const caller = callerOf(request);
    const merge = async (within: MoveDeps) => {
      const merged = await mergeCustomers(within, caller, request.params.customer_id, request.body);
      return { status: 200, body: presentMerge(deps, merged), about: { customer: merged.to.id } };
    };
    return answerOnce(deps, caller, request, reply, merge, movedTo);
  });
  app.post(`${CUSTOMER}/merge/preview`, previewMergeOperation, async (request) => ({
    tokens: await previewMerge(deps, callerOf(request), request.params.customer_id, request.body),
  }));
  app.get(`${CUSTOMER}/moves`, listMovesOperation, (request) =>
    listMoves(deps, callerOf(request), request.params.customer_id),
  );
  app.post("/api/tokens/:id/move", moveTokenOperation, (request, reply) => {
    const caller = principalOf(request);
    const give = async (within: MoveDeps) => {
      const { move, token, to } = await moveToken(within, caller, request.params.id, request.body);
      const whose = { shop: to.shop, customer_id: to.customer_id };
      const body = { message: "Token moved" as const, move, ...whose, ...withoutWarnings([token]) };
      return { status: 200, body: { ...body, undo_until: undoUntil() }, about: { token: token.id } };
    };
    return answerOnce(deps, caller, request, reply, give, movedTo);
  });
  app.post("/api/tokens/:id/move/preview", previewTokenMoveOperation, async (request) => ({
    tokens: await previewTokenMove(deps, principalOf(request), request.params.id, request.body),
  }));
  app.post("/api/moves/:id/undo", { ...undoMoveOperation, preValidation: acceptEmptyBody }, (request, reply) => {
    const caller = principalOf(request);
    const undo = async (within: MoveDeps) => {
      const { row, tokens } = await undoMove(within, caller, request.params.id, request.body);
      const { tokens: shown } = withoutWarnings(tokens);
      const body = { message: "Move undone" as const, move: row.id, tokens: shown };
      return { status: 200, body, about: "anybody" as const };
    };
    return answerOnce(deps, caller, request, reply, undo, givenBack);
  });
  done();
};

/** An order by itself, whoever bought it. */
export const orderMoveRoutes: FastifyPluginCallbackZod<MoveDeps & IdempotencyDeps> = (app, deps, done) => {
  app.post("/api/orders/:order_id/move", moveOrderOperation, (request, reply) => {
    const caller = callerOf(request);
    const { order_id } = request.params;
    const give = async (within: MoveDeps) => {
      const { move, shop, to, tokens, warnings } = await moveOrder(within, caller, order_id, request.body);
      const { tokens: shown } = withoutWarnings(tokens);
      const told = warnings.length === 0 ? {} : { warnings };
      const whose = { shop, order_id, customer_id: to.customer_id };
      const body = { message: "Order moved" as const, move, ...whose, tokens: shown, ...told };
      const undo_until = nowSeconds(deps.clock) + UNDO_SECONDS;
      return { status: 200, body: { ...body, undo_until }, about: { customer: to.id } };
    };
    return answerOnce(deps, caller, request, reply, give, movedTo);
  });
  app.post("/api/orders/:order_id/move/preview", previewOrderMoveOperation, async (request) => ({
    tokens: await previewOrderMove(deps, callerOf(request), request.params.order_id, request.body),
  }));
  done();
};

/** The answer to a merge. */
export function presentMerge(deps: Pick<MoveDeps, "clock">, { move, from, to, tokens, orders }: MergedCustomers) {
  const names = { customer_id: to.customer_id, merged_customer_id: from.customer_id, shop: to.shop };
  const undo_until = nowSeconds(deps.clock) + UNDO_SECONDS;
  return { message: "Customers merged" as const, move, ...names, ...withoutWarnings(tokens), orders, undo_until };
}

function withoutWarnings(tokens: readonly MovedToken[]) {
  const warnings = [...new Set(tokens.flatMap((token) => token.warnings))];
  const shown = tokens.map(({ warnings: _warnings, ...token }) => token);
  return { tokens: shown, ...(warnings.length === 0 ? {} : { warnings }) };
}

function callerOf(request: Parameters<typeof principalOf>[0] & { query: { shop?: string | undefined } }) {
  return withinShop(principalOf(request), request.query.shop);
}
