import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf } from "../callers/index.ts";
import { cancelGrantLine, cancelGrantsOfOrder } from "./cancel-line.ts";
import {
  cancelGrantLineOperation,
  cancelOrderOperation,
  getGrantLineOperation,
  renewGrantLineOperation,
  setGrantLineOperation,
} from "./grant-operations.ts";
import { readGrantLine } from "./read-line.ts";
import { renewGrantLine } from "./renew-line.ts";
import { setGrantLine } from "./set-line.ts";
import type { SetLineDeps } from "./set-line.ts";

const ORDER = "/api/customers/:customer_id/grants/:shop/:order_id";
const LINE = `${ORDER}/:line`;

/** What a shop sold, by line of an order. */
export const customerGrantRoutes: FastifyPluginCallbackZod<SetLineDeps> = (app, deps, done) => {
  app.put(LINE, setGrantLineOperation, async (request, reply) => {
    const { created, line } = await setGrantLine(deps, principalOf(request), request.params, request.body);
    return await reply.code(created ? 201 : 200).send(line);
  });

  app.get(LINE, getGrantLineOperation, (request) => readGrantLine(deps, principalOf(request), request.params));

  app.post(`${LINE}/renew`, renewGrantLineOperation, (request) =>
    renewGrantLine(deps, principalOf(request), request.params, request.body),
  );

  app.delete(LINE, cancelGrantLineOperation, (request) =>
    cancelGrantLine(deps, principalOf(request), request.params, request.query),
  );

  app.delete(ORDER, cancelOrderOperation, async (request) => {
    const { customer_id, shop, order_id } = request.params;
    const lines = await cancelGrantsOfOrder(deps, principalOf(request), request.params, request.query);
    return { customer_id, shop, order_id, lines };
  });
  done();
};
