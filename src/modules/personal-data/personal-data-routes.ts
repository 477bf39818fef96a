import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf, withinShop } from "../callers/index.ts";
import type { ReadCustomerDeps } from "../customer-accounts/index.ts";
import { eraseCustomer, eraseGuestToken } from "./erase-customer.ts";
import type { EraseDeps } from "./erase-customer.ts";
import { exportCustomer, exportToken } from "./export-personal-data.ts";
import {
  eraseCustomerOperation,
  eraseTokenOperation,
  exportCustomerOperation,
  exportTokenOperation,
} from "./personal-data-operations.ts";

/** What a person may ask of whoever holds something about them: all of it, or to be forgotten. */
export const personalDataRoutes: FastifyPluginCallbackZod<EraseDeps & ReadCustomerDeps> = (app, deps, done) => {
  app.post("/api/customers/:customer_id/erase", eraseCustomerOperation, async (request) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { tokens, ...erased } = await eraseCustomer(deps, caller, request.params.customer_id, request.body.confirm);
    return { message: "Customer erased" as const, ...erased, tokens_erased: tokens };
  });
  app.post("/api/tokens/:id/erase", eraseTokenOperation, async (request) => {
    const erased = await eraseGuestToken(deps, principalOf(request), request.params.id, request.body.confirm);
    return { message: "Token erased" as const, ...erased };
  });
  app.get("/api/customers/:customer_id/export", exportCustomerOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const data = await exportCustomer(deps, caller, request.params.customer_id);
    void reply.header("content-disposition", attachment(data.customer.id));
    return data;
  });
  app.get("/api/tokens/:id/export", exportTokenOperation, async (request, reply) => {
    const data = await exportToken(deps, principalOf(request), request.params.id);
    void reply.header("content-disposition", attachment(request.params.id));
    return data;
  });
  done();
};

/** By our own id: the shop's can hold anything. */
function attachment(id: string): string {
  return `attachment; filename="${id}.json"`;
}
