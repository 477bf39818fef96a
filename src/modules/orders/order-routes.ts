import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import type { Principal } from "../callers/index.ts";
import { withItsShop } from "../customers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import type { OrderAction, OrderDeps } from "./open-order.ts";
import {
  restoreOrderOperation,
  resumeOrderOperation,
  revokeOrderOperation,
  suspendOrderOperation,
} from "./order-operations.ts";
import type { OrderActionBody } from "./order-schemas.ts";
import { restoreOrder } from "./restore-order.ts";
import { revokeOrder } from "./revoke-order.ts";
import { resumeOrder, suspendOrder } from "./suspend-order.ts";
import type { SuspendedOrder } from "./suspend-order.ts";

type OrderRouteDeps = OrderDeps & IdempotencyDeps;

const ORDER = "/api/orders/:order_id";

/** What is done to everything of an order by one call, once for each Idempotency-Key. */
export const orderRoutes: FastifyPluginCallbackZod<OrderRouteDeps> = (app, deps, done) => {
  const whenEmpty = { preValidation: acceptEmptyBody };
  app.post(`${ORDER}/revoke`, { ...revokeOrderOperation, ...whenEmpty }, async (request, reply) => {
    const { caller, action, order_id } = readAction(request);
    const { shop } = await withItsShop(deps.database.db, caller);
    return await answerOnce(deps, caller, request, reply, async (within) => {
      const { customerId, customer, tokens, grants, kept, warnings } = await revokeOrder(within, caller, action);
      const counts = { tokens_revoked: tokens.length, grants_revoked: grants.length };
      const body = {
        message: "Order revoked" as const,
        ...{ order_id, shop, customer_id: customerId, ...counts, tokens, grants, tokens_kept: kept },
        ...told(warnings),
      };
      return { status: 200, body, about: aboutOf(customer) };
    });
  });
  app.post(`${ORDER}/restore`, { ...restoreOrderOperation, ...whenEmpty }, async (request, reply) => {
    const { caller, action, order_id } = readAction(request);
    const { shop } = await withItsShop(deps.database.db, caller);
    return await answerOnce(deps, caller, request, reply, async (within) => {
      const { customerId, customer, restored, tokens, grants, warnings } = await restoreOrder(within, caller, action);
      const body = {
        message: restored ? ("Order restored" as const) : ("Order was not revoked" as const),
        ...{ order_id, shop, customer_id: customerId, tokens_restored: tokens.length, grants_restored: grants, tokens },
        ...told(warnings),
      };
      return { status: 200, body, about: aboutOf(customer) };
    });
  });
  app.post(`${ORDER}/suspend`, { ...suspendOrderOperation, ...whenEmpty }, async (request, reply) => {
    const { caller, action, order_id } = readAction(request);
    const { shop } = await withItsShop(deps.database.db, caller);
    return await answerOnce(deps, caller, request, reply, async (within) => {
      const suspended = await suspendOrder(within, caller, action);
      const body = { message: "Order suspended" as const, order_id, shop, ...presentSuspension(suspended) };
      return { status: 200, body, about: aboutOf(suspended.customer) };
    });
  });
  app.post(`${ORDER}/resume`, { ...resumeOrderOperation, ...whenEmpty }, async (request, reply) => {
    const { caller, action, order_id } = readAction(request);
    const { shop } = await withItsShop(deps.database.db, caller);
    return await answerOnce(deps, caller, request, reply, async (within) => {
      const resumed = await resumeOrder(within, caller, action);
      const body = { message: "Order resumed" as const, order_id, shop, ...presentSuspension(resumed) };
      return { status: 200, body, about: aboutOf(resumed.customer) };
    });
  });
  done();
};

type OrderRequest = Parameters<typeof principalOf>[0] & {
  params: { order_id: string };
  query: { shop?: string | undefined };
  body: OrderActionBody;
};

function readAction(request: OrderRequest): { caller: Principal; action: OrderAction; order_id: string } {
  const { customer_id, customer_email, reason } = request.body;
  const { order_id } = request.params;
  const customerId = String(customer_id ?? "");
  const email = customer_email ?? "";
  const named = {
    // As in a sale: no customer, but a guest.
    customerId: customerId === "" || customerId === "0" ? undefined : customerId,
    email: email === "" ? undefined : email,
  };
  const caller = withinShop(principalOf(request), request.query.shop);
  return { caller, order_id, action: { orderId: order_id, named, reason: reason ?? undefined } };
}

function presentSuspension({ customerId, suspendedAt, tokens, grants, warnings }: SuspendedOrder) {
  return { customer_id: customerId, suspended_at: suspendedAt, tokens, grants, ...told(warnings) };
}

function told(warnings: string[]): { warnings?: string[] } {
  return warnings.length === 0 ? {} : { warnings };
}

/** What is kept of an answer about a guest may name the address: it goes whoever is erased. */
function aboutOf(customer: string | null): { customer: string } | "anybody" {
  return customer === null ? "anybody" : { customer };
}
