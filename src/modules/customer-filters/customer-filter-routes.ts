import type { FastifyInstance, RouteOptions } from "fastify";
import { z } from "zod";
import { textProblem } from "../../platform/http/schemas.ts";
import { withinShop } from "../callers/index.ts";
import { literalValue } from "./raw-plus.ts";
import { FILTER_NAMES, readPlus } from "./read-plus.ts";
import type { FilterName, ReadPlusDeps } from "./read-plus.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Which of its query parameters name a customer or an order; found in the route's own schema. */
    customerFilters?: readonly FilterName[];
  }
}

/**
 * Reads a raw `+` in every query parameter that names a customer or an order, in whatever route has one: shops that do
 * not encode (the spec's revoke script) must find whom they mean. Before the routes are registered.
 */
export function registerCustomerFilters(app: FastifyInstance, deps: ReadPlusDeps): void {
  app.addHook("onRoute", (route) => {
    const names = filtersOf(route);
    if (names.length > 0) route.config = { ...route.config, customerFilters: names };
  });
  // After authentication, which says how far the caller sees, and before anything is validated.
  app.addHook("preValidation", async (request) => {
    const { customerFilters: names = [] } = request.routeOptions.config;
    if (names.length === 0 || request.principal === undefined) return;
    const query = request.query as Record<string, unknown>;
    for (const name of names) {
      const literal = literalValue(request.raw.url ?? "", name);
      const decoded = query[name];
      if (literal === undefined || typeof decoded !== "string") continue;
      // Of what no database can hold the validation says so.
      if (textProblem(literal) !== undefined) continue;
      const { shop } = query;
      const caller = withinShop(request.principal, typeof shop === "string" ? shop : undefined);
      query[name] = await readPlus(deps, caller, { name, decoded, literal });
    }
  });
}

function filtersOf({ schema, config }: RouteOptions): FilterName[] {
  const querystring = schema?.querystring;
  if (!(querystring instanceof z.ZodObject) || config?.scope === "open") return [];
  return FILTER_NAMES.filter((name) => name in querystring.shape);
}
