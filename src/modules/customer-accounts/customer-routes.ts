import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { getReplayedToken } from "../tokens/index.ts";
import { reportUsage } from "../usage-reports/index.ts";
import { changeCustomer } from "./change-customer.ts";
import type { ChangeCustomerDeps } from "./change-customer.ts";
import { listGrantsHeldByCustomer, listHistoryOfCustomer, listTokensOfCustomer } from "./customer-belongings.ts";
import {
  getCustomerOperation,
  getCustomerUsageOperation,
  listCustomerGrantsOperation,
  listCustomerHistoryOperation,
  listCustomerTokensOperation,
  listCustomersOperation,
  restoreCustomerOperation,
  resumeCustomerOperation,
  revokeCustomerOperation,
  suspendCustomerOperation,
  transferCustomerOperation,
  updateCustomerOperation,
} from "./customer-operations.ts";
import { listCustomers, readCustomer } from "./read-customers.ts";
import type { ReadCustomerDeps } from "./read-customers.ts";
import { restoreCustomer, revokeCustomer } from "./revoke-customer.ts";
import { resumeCustomer, suspendCustomer } from "./suspend-customer.ts";
import { transferCustomer } from "./transfer-customer.ts";

export type CustomerRouteDeps = ReadCustomerDeps & ChangeCustomerDeps & IdempotencyDeps & { publicUrl: string };

const CUSTOMER = "/api/customers/:customer_id";

/** Who bought, found by anything a buyer may quote, and everything a support person needs to answer. */
export const customerRoutes: FastifyPluginCallbackZod<CustomerRouteDeps> = (app, deps, done) => {
  app.get("/api/customers", listCustomersOperation, async (request, reply) => {
    const { customers, nextCursor } = await listCustomers(deps, callerOf(request), request.query);
    const address = `${deps.publicUrl}/api/customers`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return customers;
  });
  app.get(CUSTOMER, getCustomerOperation, (request) =>
    readCustomer(deps, callerOf(request), request.params.customer_id),
  );
  app.patch(CUSTOMER, updateCustomerOperation, async (request) => {
    const { customer_id: id } = request.params;
    await changeCustomer(deps, callerOf(request), id, request.body);
    return await readCustomer(deps, callerOf(request), id);
  });
  done();
};

/** What ends, brings back or moves everything a customer has; each once for each Idempotency-Key. */
export const customerActionRoutes: FastifyPluginCallbackZod<CustomerRouteDeps> = (app, deps, done) => {
  const whenEmpty = { preValidation: acceptEmptyBody };
  app.post(`${CUSTOMER}/revoke`, { ...revokeCustomerOperation, ...whenEmpty }, (request, reply) => {
    const caller = callerOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const { customer_id } = request.params;
      const { id, tokensRevoked, grantsRevoked } = await revokeCustomer(
        within,
        caller,
        customer_id,
        request.body.reason ?? undefined,
      );
      const counts = { tokens_revoked: tokensRevoked, grants_revoked: grantsRevoked };
      return { status: 200, body: { message: "Customer revoked" as const, ...counts }, about: { customer: id } };
    });
  });
  app.post(`${CUSTOMER}/restore`, { ...restoreCustomerOperation, ...whenEmpty }, (request, reply) => {
    const caller = callerOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const { customer_id } = request.params;
      const { id, ...sums } = await restoreCustomer(within, caller, customer_id, request.body.reason ?? undefined);
      const message = sums.restored ? ("Customer restored" as const) : ("Customer was not revoked" as const);
      const counts = { tokens_restored: sums.tokensRestored, grants_restored: sums.grantsRestored };
      return { status: 200, body: { message, ...counts }, about: { customer: id } };
    });
  });
  app.post(`${CUSTOMER}/suspend`, { ...suspendCustomerOperation, ...whenEmpty }, async (request) => {
    const { customer_id } = request.params;
    const reason = request.body.reason ?? undefined;
    const { suspended_at, tokens } = await suspendCustomer(deps, callerOf(request), customer_id, reason);
    return { message: "Customer suspended" as const, suspended_at, tokens };
  });
  app.post(`${CUSTOMER}/resume`, { ...resumeCustomerOperation, ...whenEmpty }, async (request) => {
    const { customer_id } = request.params;
    const reason = request.body.reason ?? undefined;
    const { suspended_at, tokens } = await resumeCustomer(deps, callerOf(request), customer_id, reason);
    return { message: "Customer resumed" as const, suspended_at, tokens };
  });
  app.post(`${CUSTOMER}/transfer`, transferCustomerOperation, (request, reply) => {
    const caller = callerOf(request);
    const transfer = async (within: CustomerRouteDeps) => {
      const { customer_id } = request.params;
      const { id, warnings, ...transferred } = await transferCustomer(within, caller, customer_id, request.body);
      const told = warnings.length === 0 ? {} : { warnings };
      const body = { message: "Customer transferred" as const, ...transferred, ...told };
      return { status: 200, body, about: { customer: id } };
    };
    return answerOnce(deps, caller, request, reply, transfer, async (db, stored) => {
      for (const { id, token } of stored.tokens) await getReplayedToken(db, { id, secret: token });
      return stored;
    });
  });
  done();
};

/** The parts of a customer's page. */
export const customerBelongingsRoutes: FastifyPluginCallbackZod<CustomerRouteDeps> = (app, deps, done) => {
  const linkTo = (part: string, request: { params: { customer_id: string }; query: object }, cursor: string) => {
    const address = `${deps.publicUrl}/api/customers/${encodeURIComponent(request.params.customer_id)}/${part}`;
    return nextPageLink(address, request.query, cursor);
  };
  app.get(`${CUSTOMER}/tokens`, listCustomerTokensOperation, async (request, reply) => {
    const { customer_id: id } = request.params;
    const { tokens, nextCursor } = await listTokensOfCustomer(deps, callerOf(request), id, request.query);
    if (nextCursor !== undefined) void reply.header("link", linkTo("tokens", request, nextCursor));
    return tokens;
  });
  app.get(`${CUSTOMER}/grants`, listCustomerGrantsOperation, async (request, reply) => {
    const { customer_id: id } = request.params;
    const { grants, nextCursor } = await listGrantsHeldByCustomer(deps, callerOf(request), id, request.query);
    if (nextCursor !== undefined) void reply.header("link", linkTo("grants", request, nextCursor));
    return grants;
  });
  app.get(`${CUSTOMER}/history`, listCustomerHistoryOperation, async (request, reply) => {
    const { customer_id: id } = request.params;
    const { records, nextCursor } = await listHistoryOfCustomer(deps, callerOf(request), id, request.query);
    if (nextCursor !== undefined) void reply.header("link", linkTo("history", request, nextCursor));
    return records;
  });
  app.get(`${CUSTOMER}/usage`, getCustomerUsageOperation, async (request) => {
    const caller = callerOf(request);
    const { customer_id: id } = request.params;
    await readCustomer(deps, caller, id);
    return await reportUsage(deps, caller, { ...request.query, customer_id: id });
  });
  done();
};

function callerOf(request: Parameters<typeof principalOf>[0] & { query: { shop?: string | undefined } }) {
  return withinShop(principalOf(request), request.query.shop);
}
