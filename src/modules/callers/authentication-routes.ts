import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { AppError } from "../../platform/errors.ts";
import type { ClientAddress } from "../../platform/http/index.ts";
import type { Refusals } from "../audit/index.ts";
import type { Principal } from "./principal.ts";
import type { Scope } from "./scopes.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Needed to call the route; `open` needs no credential at all, `session` any logged-in user and no scope. */
    scope?: Scope | "open" | "session";
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

export interface AuthenticationRouteDeps {
  /** The caller behind an `Authorization` header. */
  authenticateManagementToken: (authorization: string | undefined, requestId: string) => Promise<Principal>;
  /** The user behind a session cookie; undefined where none came with the request. */
  authenticateSession: (request: SessionRequest) => Promise<Principal | undefined>;
  refusals: Pick<Refusals, "count">;
  clientAddress: ClientAddress;
}

/** What the session's side looks at. */
export interface SessionRequest {
  method: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  requestId: string;
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
    describeCredential(route);
  });
  app.addHook("onRequest", async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined || scope === "open") return;
    request.principal = await countingRefusals(deps, request);
    // From here on every line of this request names its caller.
    request.log = request.log.child({ [request.principal.actor.kind]: request.principal.actor.id });
    if (scope !== "session") requireScope(request.principal, scope);
    else if (request.principal.session === undefined) {
      throw new AppError("auth.missing_scope", "This is for users of the dashboard, not for management tokens.");
    }
  });
}

/** So that openapi.json says which credential an operation takes; by default a management token or a session. */
function describeCredential(route: RouteOptions): void {
  const scope = route.config?.scope;
  if (route.schema === undefined || (scope !== "open" && scope !== "session")) return;
  route.schema = { ...route.schema, security: scope === "open" ? [] : [{ session: [] }] };
}

/** A header is what a script sends on purpose, so it goes before the cookie a browser adds by itself. */
async function authenticate(deps: AuthenticationRouteDeps, request: FastifyRequest): Promise<Principal> {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const user = await deps.authenticateSession({
      ...{ method: request.method, headers: request.headers, requestId: request.id },
    });
    if (user !== undefined) return user;
  }
  return await deps.authenticateManagementToken(authorization, request.id);
}

async function countingRefusals(deps: AuthenticationRouteDeps, request: FastifyRequest): Promise<Principal> {
  try {
    return await authenticate(deps, request);
  } catch (error) {
    if (error instanceof AppError && error.status === 401 && error.code !== "auth.missing") {
      const problem = error.code.slice("auth.".length);
      deps.refusals.count({ surface: "api", problem, address: deps.clientAddress(request.raw) });
    }
    throw error;
  }
}

/** 403 that names the scope the caller lacks. */
function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.has(scope)) return;
  if (principal.session === undefined) {
    throw new AppError("auth.missing_scope", `This management token lacks the scope ${scope}.`);
  }
  throw new AppError("auth.missing_scope", `The role ${principal.session.role} lacks ${scope}; ask an owner or admin.`);
}

/** The authenticated caller; only for routes that name a scope. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw new Error(`${request.url} was reached without authentication`);
  return request.principal;
}

/** The authenticated user; only for routes of the scope `session`. */
export function userOf(request: FastifyRequest): Principal & { session: NonNullable<Principal["session"]> } {
  const principal = principalOf(request);
  if (principal.session === undefined) throw new Error(`${request.url} was reached without a session`);
  return { ...principal, session: principal.session };
}
