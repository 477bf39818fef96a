import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { isStorageFailure } from "../../platform/database/index.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError, messageOf } from "../../platform/errors.ts";
import type { ClientAddress, UnknownCredentials } from "../../platform/http/index.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { RateLimiter } from "../../platform/rate-limiter.ts";
import type { Database } from "../../schema.ts";
import type { Refusals } from "../audit/index.ts";
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
import { credentialMessage, lapsedMessage, rateLimitMessage, tooManyUnknownMessage } from "./messages.ts";
import { countInstalls, readDownloads } from "./notify.ts";
import { createPackageViews } from "./package-views.ts";
import type { PackageViews, VisibleAccess } from "./package-views.ts";
import { readBody } from "./request-body.ts";
import { createRootDocuments, listDocument, searchDocument } from "./repository-documents.ts";
import type { RootDocuments } from "./repository-documents.ts";
import { matchRoute } from "./routes.ts";
import type { ComposerRoute } from "./routes.ts";

const NOTIFY_BYTES_MAX = 1024 * 1024;

export interface ComposerRepositoryDeps {
  database: Database;
  clock: Clock;
  logger: Logger;
  usage: Usage;
  rateLimiter: RateLimiter;
  archives: Pick<Archives, "openArchive">;
  publicUrl: string;
  refusals: Pick<Refusals, "count">;
  clientAddress: ClientAddress;
  unknownCredentials: UnknownCredentials;
}

/** A request on its way, with what is known of it by now. */
interface Request extends Exchange {
  route: ComposerRoute;
  search: string;
  /** Counted and charged once, however often it is looked at. */
  isCounted: boolean;
  /** Once it is known. */
  tokenId: string | undefined;
  startedAtMs: number;
}

/**
 * What `composer` reads: one plain `node:http` handler in front of the Management API. Fastify would add a charset to
 * the content type, which silences our messages in Composer, and this is the hot path: a warm answer touches no
 * database, no disk and no JSON encoder.
 */
export class ComposerRepository {
  readonly #deps: ComposerRepositoryDeps;
  readonly #host: string;
  readonly #logsEverything: boolean;
  readonly #credentials: Credentials;
  readonly #catalogue: Catalogue;
  readonly #views: PackageViews;
  readonly #roots: RootDocuments;

  constructor(deps: ComposerRepositoryDeps) {
    this.#deps = deps;
    this.#host = new URL(deps.publicUrl).host;
    this.#logsEverything = deps.logger.isLevelEnabled("debug");
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
    const incoming: Request = { request, response, route, search, ...NEW_REQUEST, startedAtMs: performance.now() };
    if (this.#logsEverything) response.once("close", () => this.#logAnswer(incoming));
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

  /** Nothing may escape from here: what is thrown outside of a promise would end the process. */
  #begin(incoming: Request): void {
    try {
      this.#attempt(incoming)?.catch((error: unknown) => this.#fail(incoming, error));
    } catch (error) {
      this.#fail(incoming, error);
    }
  }

  /** Answers at once when credential and catalogue are in memory; undefined then. */
  #attempt(incoming: Request): Promise<void> | undefined {
    const { authorization } = incoming.request.headers;
    const credential = authorization === undefined ? undefined : this.#credentials.cached(authorization);
    const state = this.#catalogue.current();
    if (credential !== undefined && state !== undefined) return this.#answer(incoming, credential, state);
    return this.#attemptLater(incoming, authorization);
  }

  async #attemptLater(incoming: Request, authorization: string | undefined): Promise<void> {
    const found = await this.#credentials.resolve(authorization);
    if ("problem" in found) {
      this.#refuseCredential(incoming, found);
      return;
    }
    const state = this.#catalogue.current() ?? (await this.#catalogue.ready());
    // Changed or revoked while we read: look again.
    if (!this.#credentials.isInForce(found)) {
      await this.#attemptLater(incoming, authorization);
      return;
    }
    await this.#answer(incoming, found, state);
  }

  /** Undefined when the answer was sent without waiting. */
  #answer(
    incoming: Request,
    credential: Credential | CredentialProblem,
    state: CatalogueState,
  ): Promise<void> | undefined {
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
    incoming.tokenId = credential.tokenId;
    const { request } = incoming;
    const from = { address: this.#deps.clientAddress(request), userAgent: request.headers["user-agent"] };
    this.#deps.usage.countRequest(credential.tokenId, from, credential.rotated?.secretHash);
    if (credential.rateLimitMax === null) return true;
    incoming.rateLimit = this.#deps.rateLimiter.take(credential.tokenId, credential.rateLimitMax);
    if (incoming.rateLimit.allowed) return true;
    const seconds = incoming.rateLimit.retryAfterSeconds;
    this.#logRefusal(incoming, 429, "rate limited", credential.tokenId);
    sendWarning(incoming, 429, rateLimitMessage(seconds), ["Retry-After", String(seconds)]);
    return false;
  }

  #refuseCredential(incoming: Request, problem: CredentialProblem): void {
    // Without a credential nobody tried anything: composer asks so before it is configured.
    if (problem.problem !== "missing") {
      const address = this.#deps.clientAddress(incoming.request);
      this.#deps.refusals.count({ surface: "composer", problem: problem.problem, address });
      if (isUnknown(problem) && this.#refuseTooMany(incoming, problem, address)) return;
    }
    this.#logRefusal(incoming, 401, `credential ${problem.problem}`);
    const challenge = ["WWW-Authenticate", `Basic realm="${this.#host}", charset="UTF-8"`];
    sendWarning(incoming, 401, credentialMessage(problem, this.#host), challenge);
  }

  /** True when the address sent so many unknown credentials that this one is answered 429. */
  #refuseTooMany(incoming: Request, problem: CredentialProblem, address: string): boolean {
    const verdict = this.#deps.unknownCredentials.refusalOf(address);
    if (verdict === undefined) return false;
    const seconds = verdict.retryAfterSeconds;
    this.#logRefusal(incoming, 429, `credential ${problem.problem}, too many`);
    sendWarning(incoming, 429, tooManyUnknownMessage(problem, this.#host, seconds), ["Retry-After", String(seconds)]);
    return true;
  }

  #answerRoot(
    incoming: Request,
    credential: Credential,
    state: CatalogueState,
    now: number,
  ): Promise<void> | undefined {
    const view = this.#roots.cached(state, credential);
    if (view === undefined) {
      return this.#roots
        .build(state, credential, now)
        .then((built) => void this.#unlessStale(incoming, credential, () => sendView(incoming, built)));
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
    const now = nowSeconds(this.#deps.clock);
    const access: PackageAccess =
      hosted === undefined ? { kind: "unknown" } : accessTo(credential.grants, route.name, now);
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
        .then((built) => void this.#unlessStale(incoming, credential, () => sendView(incoming, built)));
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
    const { database, usage, clock } = this.#deps;
    const body = await readBody(incoming.request, NOTIFY_BYTES_MAX);
    if (body === "too_large") {
      sendJson(incoming, 413, { status: "error" }, ["Connection", "close"]);
      return;
    }
    const reported = body === "broken_off" ? undefined : readDownloads(body);
    if (reported === undefined) {
      sendJson(incoming, 400, { status: "error" });
      return;
    }
    await countInstalls({ db: database.db, usage }, { credential, state, now: nowSeconds(clock) }, reported);
    sendJson(incoming, 200, { status: "success" });
  }

  /** Something was awaited: if the token was changed, was revoked or expired meanwhile, the request begins afresh. */
  #unlessStale(incoming: Request, credential: Credential, send: () => void): boolean {
    if (this.#credentials.isInForce(credential)) {
      send();
      return true;
    }
    this.#begin(incoming);
    return false;
  }

  #logRefusal(incoming: Request, status: number, reason: string, tokenId?: string): void {
    const facts = { ...factsOf(incoming), status, reason, token_id: tokenId, request_id: newId("req") };
    this.#deps.logger.info(facts, "composer refused");
  }

  /** At the level `debug` only: a warm answer costs less than its line in the log. */
  #logAnswer(incoming: Request): void {
    const facts = { ...factsOf(incoming), status: incoming.response.statusCode, token_id: incoming.tokenId };
    this.#deps.logger.debug(facts, "composer answered");
  }

  #fail(incoming: Request, error: unknown): void {
    const requestId = newId("req");
    const internal = error instanceof AppError ? error.internal : undefined;
    const facts = { err: error, internal, request_id: requestId, path: pathOf(incoming.request) };
    this.#deps.logger.error(facts, "composer request failed");
    if (incoming.response.headersSent) {
      incoming.response.destroy();
      return;
    }
    const isUnavailable = isStorageFailure(error);
    const status = error instanceof AppError ? error.status : isUnavailable ? 503 : 500;
    const text = error instanceof AppError ? messageOf(error) : "The server had a problem.";
    sendWarning(incoming, status, `${text} (${requestId})`);
  }
}

const NEW_REQUEST = { rateLimit: undefined, isCounted: false, tokenId: undefined };

function factsOf({ request, route, startedAtMs }: Request): Record<string, unknown> {
  const duration_ms = Math.round((performance.now() - startedAtMs) * 10) / 10;
  return { method: request.method, route: route.kind, path: pathOf(request), duration_ms };
}

/** Without the query, which can hold anything, also a secret somebody put there by mistake. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").replace(/\?.*$/s, "").slice(0, 300);
}

/** Guessed or mistyped; whatever was once a token of ours is told what became of it, however often it asks. */
function isUnknown({ problem }: CredentialProblem): boolean {
  return problem === "unknown" || problem === "malformed";
}

function isAllowedMethod(method: string | undefined, route: ComposerRoute): boolean {
  return route.kind === "notify" ? method === "POST" : method === "GET" || method === "HEAD";
}
