import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../../platform/errors.ts";
import type { ClientAddress } from "../../platform/http/index.ts";
import type { Refusals } from "../audit/index.ts";
import { authenticate, requireScope } from "./authenticate.ts";
import type { AuthenticationDeps } from "./authenticate.ts";
import type { Principal } from "./principal.ts";
import type { Scope } from "./scopes.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Needed to call the route; `open` needs no credential at all. */
    scope?: Scope | "open";
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

export interface AuthenticationRouteDeps extends AuthenticationDeps {
  refusals: Pick<Refusals, "count">;
  clientAddress: ClientAddress;
}

/**
 * Authenticates and authorises before anything of the request is validated. A route below /api that does not say
 * which scope it needs fails the start: nothing is open by oversight.
 */
export function registerAuthentication(app: FastifyInstance, deps: AuthenticationRouteDeps): void {
  app.decorateRequest("principal", undefined);
  app.addHook("onRoute", (route) => {
    if (route.url.startsWith("/api") && route.config?.scope === undefined) {
      throw new Error(`${String(route.method)} ${route.url} names no scope`);
    }
  });
  app.addHook("onRequest", async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined || scope === "open") return;
    request.principal = await countingRefusals(deps, request);
    // From here on every line of this request names its caller.
    request.log = request.log.child({ management_token: request.principal.actor.id });
    requireScope(request.principal, scope);
  });
}

async function countingRefusals(deps: AuthenticationRouteDeps, request: FastifyRequest): Promise<Principal> {
  try {
    return await authenticate(deps, request.headers.authorization, request.id);
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith("auth.") && error.code !== "auth.missing") {
      const problem = error.code.slice("auth.".length);
      deps.refusals.count({ surface: "api", problem, address: deps.clientAddress(request.raw) });
    }
    throw error;
  }
}

/** The authenticated caller; only for routes that name a scope. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw new Error(`${request.url} was reached without authentication`);
  return request.principal;
}
