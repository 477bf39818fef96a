import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { ErrorCode } from "../../platform/errors.ts";
import { whenClientLeaves } from "../../platform/http/client-leaves.ts";
import type { ClientAddress, UnknownCredentials } from "../../platform/http/index.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { rateLimitHeaders } from "../../platform/http/rate-limit-headers.ts";
import type { Refusals } from "../audit/index.ts";
import { secondsInWords } from "../../platform/rate-limiter.ts";
import type { CallerLimit } from "./caller-limit.ts";
import { paceOfRequest, paceOfRoute } from "./pace.ts";
import type { RoutePace } from "./pace.ts";
import type { Principal } from "./principal.ts";
import type { Scope } from "./scopes.ts";
import { guardSession } from "./session-guards.ts";
import type { SessionGuards } from "./session-guards.ts";

declare module "fastify" {
  interface FastifyContextConfig extends SessionGuards {
    /** Needed to call the route; `open` needs no credential at all, `session` any logged-in user and no scope. */
    scope?: Scope | "open" | "session";
    /** Of a route that takes a signature instead of a credential, and verifies it: whether a request brings one. */
    isSigned?: (headers: IncomingHttpHeaders) => boolean;
    /** What happens past the caller's limit; follows from method and address. */
    pace?: RoutePace;
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

export interface AuthenticationRouteDeps {
  /** The caller behind an `Authorization` header. */
  authenticateManagementToken: (
    authorization: string | undefined,
    from: { address: string; requestId: string },
  ) => Promise<Principal>;
  /** The user behind a session cookie; undefined where none came with the request. */
  authenticateSession: (request: SessionRequest) => Promise<Principal | undefined>;
  refusals: Pick<Refusals, "count">;
  clientAddress: ClientAddress;
  unknownCredentials: UnknownCredentials;
  callerLimit: CallerLimit;
  clock: Clock;
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
    route.config = { ...route.config, pace: paceOfRoute(String(route.method), route.url) };
    describeCredential(route);
    describeLimits(route);
    describeGuards(route);
  });
  app.addHook("preClose", (done) => {
    deps.callerLimit.close();
    done();
  });
  app.addHook("onRequest", async (request, reply) => {
    const { scope, isSigned } = request.routeOptions.config;
    if (scope === undefined || scope === "open" || isSigned?.(request.headers) === true) return;
    request.principal = await countingRefusals(deps, request, reply);
    // From here on every line of this request names its caller.
    request.log = request.log.child({ [request.principal.actor.kind]: request.principal.actor.id });
    const hasWaited = await charge(deps, request, reply, request.principal);
    // What was revoked meanwhile is refused like any other.
    if (hasWaited) request.principal = await countingRefusals(deps, request, reply);
    if (scope !== "session") requireScope(request.principal, scope);
    else if (request.principal.session === undefined) {
      throw new AppError("auth.missing_scope", "This is for users of the dashboard, not for management tokens.");
    }
    guardSession(request.principal, request.routeOptions.config, nowSeconds(deps.clock));
  });
}

/** Whoever lacks the scope takes nobody's place in a line. */
async function charge(
  { callerLimit }: AuthenticationRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal,
): Promise<boolean> {
  const { scope, pace = "usual" } = request.routeOptions.config;
  const isAllowed = scope !== undefined && scope !== "open" && scope !== "session" && principal.scopes.has(scope);
  return await callerLimit.charge({
    principal,
    pace: isAllowed ? paceOfRequest(pace, request.query) : "usual",
    setHeaders: (headers) => void reply.headers(headers),
    whenLeft: () => whenClientLeaves(request.raw, reply.raw),
  });
}

/** So that openapi.json says which credential an operation takes; by default a management token or a session. */
function describeCredential(route: RouteOptions): void {
  const scope = route.config?.scope;
  if (route.schema === undefined || (scope !== "open" && scope !== "session")) return;
  route.schema = { ...route.schema, security: scope === "open" ? [] : [{ session: [] }] };
}

/** Whoever needs a credential can have sent too much: no operation has to say so itself. */
function describeLimits(route: RouteOptions): void {
  const { schema } = route;
  const scope = route.config?.scope;
  if (schema?.response === undefined || scope === undefined || scope === "open") return;
  route.schema = { ...schema, response: { ...(schema.response as object), ...problems(429) } };
  if (route.config?.pace === "usual") return;
  const own = schema["x-problems"] ?? {};
  const more = [...(own.more ?? []), "request.too_many_waiting" as const];
  route.schema["x-problems"] = { ...own, more };
}

const WHO_MAY_CALL = /(?:Needs the scope `[^`]+`|For a logged-in user)\.$/;

/** So that openapi.json says it of each operation, and no operation has to say it itself. */
function describeGuards(route: RouteOptions): void {
  const { schema, config } = route;
  if (schema === undefined || config?.scope === undefined || config.scope === "open") return;
  const own = schema["x-problems"] ?? {};
  const more: ErrorCode[] = config.stepUp === true ? ["auth.step_up_required"] : [];
  const never: ErrorCode[] = config.beforeSecondFactor === true ? ["auth.second_factor_required"] : [];
  const problems = { more: [...(own.more ?? []), ...more], never: [...(own.never ?? []), ...never] };
  route.schema = { ...schema, "x-problems": problems };
  if (config.stepUp !== true) return;
  if (schema.description === undefined) return;
  route.schema.description = schema.description.replace(
    WHO_MAY_CALL,
    (ending) => `A user must have confirmed within 10 minutes who they are (\`auth.step_up_required\`). ${ending}`,
  );
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
  const from = { address: deps.clientAddress(request.raw), requestId: request.id };
  return await deps.authenticateManagementToken(authorization, from);
}

async function countingRefusals(
  deps: AuthenticationRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Principal> {
  try {
    return await authenticate(deps, request);
  } catch (error) {
    if (error instanceof AppError && isRefusedCredential(error)) {
      const problem = error.code.slice("auth.".length);
      const address = deps.clientAddress(request.raw);
      deps.refusals.count({ surface: "api", problem, address });
      if (error.code === "auth.invalid") refuseTooMany(deps, address, reply);
    }
    throw error;
  }
}

/** Who has a secret that is not good here; not who has none, or sends a cookie from another page. */
function isRefusedCredential({ status, code }: AppError): boolean {
  return (status === 401 && code !== "auth.missing") || code === "auth.outside_network";
}

/** What expired, was revoked or is of the wrong kind is somebody's mistake that its words solve; it is not counted. */
function refuseTooMany(deps: AuthenticationRouteDeps, address: string, reply: FastifyReply): void {
  const verdict = deps.unknownCredentials.refusalOf(address);
  if (verdict === undefined) return;
  const { retryAfterSeconds } = verdict;
  void reply.headers(rateLimitHeaders("unknown-credentials", verdict, 60));
  throw new AppError(
    "request.too_many",
    `This management token is unknown here, and too many unknown ones came from your address; try again in ${secondsInWords(retryAfterSeconds)}. A valid one is answered as ever.`,
    { retryAfterSeconds },
  );
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
