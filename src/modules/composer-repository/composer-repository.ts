import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError, messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { accessTo } from "../grants/index.ts";
import type { PackageAccess } from "../grants/index.ts";
import type { Archives } from "../packages/index.ts";
import type { Usage } from "../usage/index.ts";
import { sendJson, sendNotFound, sendView, sendWarning } from "./answers.ts";
import type { Exchange } from "./answers.ts";
import { createCatalogue } from "./catalogue.ts";
import type { Catalogue, CatalogueState } from "./catalogue.ts";
import { createCredentials } from "./credentials.ts";
import type { Credential, CredentialProblem, Credentials } from "./credentials.ts";
import { serveArchive } from "./dist.ts";
import { credentialMessage, lapsedMessage, rateLimitMessage } from "./messages.ts";
import { countInstalls, readBody } from "./notify.ts";
import { createPackageViews } from "./package-views.ts";
import type { PackageViews, VisibleAccess } from "./package-views.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { createRootDocuments, listDocument, searchDocument } from "./repository-documents.ts";
import type { RootDocuments } from "./repository-documents.ts";
import { matchRoute } from "./routes.ts";
import type { ComposerRoute } from "./routes.ts";

export interface ComposerRepositoryDeps {
  database: Database;
  clock: Clock;
  logger: Logger;
  usage: Usage;
  rateLimiter: RateLimiter;
  archives: Pick<Archives, "openArchive">;
  publicUrl: string;
}

/** A request on its way, with what is known of it by now. */
interface Request extends Exchange {
  route: ComposerRoute;
  search: string;
  /** Counted and charged once, however often it is looked at. */
  isCounted: boolean;
}

/**
 * What `composer` reads: one plain `node:http` handler in front of the Management API. Fastify would add a charset to
 * the content type, which silences our messages in Composer, and this is the hot path: a warm answer touches no
 * database, no disk and no JSON encoder.
 */
export class ComposerRepository {
  readonly #deps: ComposerRepositoryDeps;
  readonly #host: string;
  readonly #credentials: Credentials;
  readonly #catalogue: Catalogue;
  readonly #views: PackageViews;
  readonly #roots: RootDocuments;

  constructor(deps: ComposerRepositoryDeps) {
    this.#deps = deps;
    this.#host = new URL(deps.publicUrl).host;
    this.#credentials = createCredentials(deps);
    this.#catalogue = createCatalogue(deps);
    this.#views = createPackageViews(deps);
    this.#roots = createRootDocuments(deps.publicUrl);
  }

  /** Reads what is hosted, so that the first request does not wait for it. */
  async warmUp(): Promise<void> {
    await this.#catalogue.ready();
  }

  /** False when the path is not ours. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? "/";
    const question = url.indexOf("?");
    const route = matchRoute(question === -1 ? url : url.slice(0, question));
    if (route === undefined) return false;
    const search = question === -1 ? "" : url.slice(question);
    const incoming: Request = { request, response, route, search, rateLimit: undefined, isCounted: false };
    if (route.kind === "unknown") {
      sendNotFound(incoming);
    } else if (isAllowedMethod(request.method, route)) {
      this.#begin(incoming);
    } else {
      const allowed = route.kind === "notify" ? "POST" : "GET, HEAD";
      sendJson(incoming, 405, { status: "error", message: `only ${allowed} here` }, ["Allow", allowed]);
    }
    return true;
  }

  /** Answers at once when credential and catalogue are in memory. */
  #begin(incoming: Request): void {
    const { authorization } = incoming.request.headers;
    const credential = authorization === undefined ? undefined : this.#credentials.cached(authorization);
    const state = this.#catalogue.current();
    if (credential !== undefined && state !== undefined) {
      this.#settle(incoming, this.#answer(incoming, credential, state));
      return;
    }
    const lookUp = async () => {
      const [found, ready] = await Promise.all([this.#credentials.resolve(authorization), this.#catalogue.ready()]);
      await this.#answer(incoming, found, ready);
    };
    this.#settle(incoming, lookUp());
  }

  #settle(incoming: Request, work: Promise<void> | undefined): void {
    work?.catch((error: unknown) => this.#fail(incoming, error));
  }

  /** Undefined when the answer was sent without waiting. */
  #answer(incoming: Request, credential: Credential | CredentialProblem, state: CatalogueState): Promise<void> | undefined {
    if ("problem" in credential) {
      this.#refuseCredential(incoming, credential);
      return undefined;
    }
    if (!this.#count(incoming, credential)) return undefined;
    const now = nowSeconds(this.#deps.clock);
    const { route } = incoming;
    switch (route.kind) {
      case "root":
        return this.#answerRoot(incoming, credential, state, now);
      case "p2":
        return this.#answerPackage(incoming, credential, state, route);
      case "dist":
        return this.#answerDist(incoming, credential, state, route);
      case "list": {
        const filter = new URLSearchParams(incoming.search).get("filter");
        sendJson(incoming, 200, listDocument(state, credential, now, filter));
        return undefined;
      }
      case "search": {
        const query = new URLSearchParams(incoming.search);
        const words = { words: query.get("q") ?? "", type: query.get("type") };
        sendJson(incoming, 200, searchDocument(state, credential, now, words));
        return undefined;
      }
      case "notify":
        return this.#answerNotify(incoming, credential, state);
      case "unknown":
        sendNotFound(incoming);
        return undefined;
    }
  }

  /** Counts the request and charges it to the token's hourly limit; false when it was refused. */
  #count(incoming: Request, credential: Credential): boolean {
    if (incoming.isCounted || incoming.route.kind === "notify") return true;
    incoming.isCounted = true;
    this.#deps.usage.countRequest(credential.tokenId);
    if (credential.rateLimitMax === null) return true;
    incoming.rateLimit = this.#deps.rateLimiter.take(credential.tokenId, credential.rateLimitMax);
    if (incoming.rateLimit.allowed) return true;
    const seconds = incoming.rateLimit.retryAfterSeconds;
    this.#logRefusal(incoming, 429, "rate limited", credential.tokenId);
    sendWarning(incoming, 429, rateLimitMessage(seconds), ["Retry-After", String(seconds)]);
    return false;
  }

  #refuseCredential(incoming: Request, problem: CredentialProblem): void {
    this.#logRefusal(incoming, 401, `credential ${problem.problem}`);
    const challenge = ["WWW-Authenticate", `Basic realm="${this.#host}", charset="UTF-8"`];
    sendWarning(incoming, 401, credentialMessage(problem, this.#host), challenge);
  }

  #answerRoot(incoming: Request, credential: Credential, state: CatalogueState, now: number): Promise<void> | undefined {
    const view = this.#roots.cached(state, credential);
    if (view === undefined) {
      return this.#roots.build(state, credential, now).then((built) => this.#unlessStale(incoming, credential, () => sendView(incoming, built)));
    }
    sendView(incoming, view);
    return undefined;
  }

  #answerPackage(
    incoming: Request,
    credential: Credential,
    state: CatalogueState,
    route: Extract<ComposerRoute, { kind: "p2" }>,
  ): Promise<void> | undefined {
    const hosted = state.packages.get(route.name);
    const access: PackageAccess =
      hosted === undefined ? { kind: "unknown" } : accessTo(credential.grants, route.name, nowSeconds(this.#deps.clock));
    if (hosted === undefined || access.kind === "unknown") {
      sendNotFound(incoming);
      return undefined;
    }
    if (access.kind === "lapsed" || access.kind === "not_covered") {
      // An empty list claims the name, so that no public repository is asked for it, and overwrites a stale cache.
      const warning = lapsedMessage(route.name, access);
      this.#logRefusal(incoming, 200, access.kind, credential.tokenId);
      sendJson(incoming, 200, { packages: { [route.name]: [] }, warning });
      return undefined;
    }
    const visible: VisibleAccess = access;
    const view = this.#views.cached(hosted, visible, route.isDev);
    if (view === undefined) {
      return this.#views
        .build(hosted, visible, route.isDev)
        .then((built) => this.#unlessStale(incoming, credential, () => sendView(incoming, built)));
    }
    sendView(incoming, view);
    return undefined;
  }

  async #answerDist(
    incoming: Request,
    credential: Credential,
    state: CatalogueState,
    route: Extract<ComposerRoute, { kind: "dist" }>,
  ): Promise<void> {
    const hosted = state.packages.get(route.name);
    const refused = (status: number, reason: string) => this.#logRefusal(incoming, status, reason, credential.tokenId);
    const stillValid = (send: () => void) => this.#unlessStale(incoming, credential, send);
    await serveArchive(this.#deps, incoming, { credential, hosted, reference: route.reference, refused, stillValid });
  }

  async #answerNotify(incoming: Request, credential: Credential, state: CatalogueState): Promise<void> {
    const body = await readBody(incoming.request);
    const isReadable = body !== undefined && countInstalls(this.#deps.usage, state, credential, body);
    sendJson(incoming, isReadable ? 200 : 400, { status: isReadable ? "success" : "error" });
  }

  /** Something was awaited: if the token was changed or revoked meanwhile, the request is looked at afresh. */
  #unlessStale(incoming: Request, credential: Credential, send: () => void): void {
    if (credential.isStale) this.#begin(incoming);
    else send();
  }

  #logRefusal(incoming: Request, status: number, reason: string, tokenId?: string): void {
    const { method, url } = incoming.request;
    this.#deps.logger.info({ method, path: url?.slice(0, 300), status, reason, token_id: tokenId }, "composer refused");
  }

  #fail(incoming: Request, error: unknown): void {
    const requestId = newId("req");
    const internal = error instanceof AppError ? error.internal : undefined;
    this.#deps.logger.error({ err: error, internal, request_id: requestId, path: incoming.request.url }, "composer request failed");
    if (incoming.response.headersSent) {
      incoming.response.destroy();
      return;
    }
    const status = error instanceof AppError ? error.status : 500;
    const text = error instanceof AppError ? messageOf(error) : "The server had a problem.";
    sendWarning(incoming, status, `${text} (${requestId})`);
  }
}

function isAllowedMethod(method: string | undefined, route: ComposerRoute): boolean {
  return route.kind === "notify" ? method === "POST" : method === "GET" || method === "HEAD";
}
