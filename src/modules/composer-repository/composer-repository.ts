import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { isStorageFailure, unlessStorageFails } from "../../platform/database/index.ts";
import { AppError, messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { burstAfterSeconds } from "../../platform/rate-limiter.ts";
import type { RateLimiter } from "../../platform/rate-limiter.ts";
import { refusalOf } from "../../platform/threads/index.ts";
import type { TaskPool } from "../../platform/threads/index.ts";
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
import type { Credential, CredentialProblem, Credentials, KnownToken } from "./credentials.ts";
import { serveArchive } from "./dist.ts";
import { NO_HELP, helpOf } from "./help.ts";
import type { Help } from "./help.ts";
import { closedLine, isClosed, rateLimitMessage, withHelp } from "./messages.ts";
import type { ClosedAccess } from "./messages.ts";
import { countInstalls, readDownloads } from "./notify.ts";
import { createOtherTokens } from "./other-tokens.ts";
import type { OtherTokens } from "./other-tokens.ts";
import { createPackageViews } from "./package-views.ts";
import type { PackageViews } from "./package-views.ts";
import { refuseCredential } from "./refuse-credential.ts";
import type { RefuseDeps } from "./refuse-credential.ts";
import { readBody } from "./request-body.ts";
import { createRequestLog } from "./request-log.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";
import { createRootDocuments, listDocument, searchDocument } from "./repository-documents.ts";
import type { RootDocuments } from "./repository-documents.ts";
import { matchRoute } from "./routes.ts";
import type { ComposerRoute } from "./routes.ts";
import type { VisibleAccess } from "./version-index.ts";

const NOTIFY_BYTES_MAX = 1024 * 1024;

export interface ComposerRepositoryDeps extends RefuseDeps {
  database: Database;
  clock: Clock;
  logger: Logger;
  usage: Usage;
  rateLimiter: RateLimiter;
  /** Of reports of installs, which `rateLimiter` does not count; 0: no limit. */
  notifyLimit: number;
  notifyLimiter: Pick<RateLimiter, "take">;
  archives: Pick<Archives, "openArchive">;
  /** Where large documents are written. */
  workers: TaskPool;
  publicUrl: string;
}

/** A request on its way, with what is known of it by now. */
interface Request extends Exchange, LoggedRequest {
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
  readonly #log: RequestLog;
  readonly #credentials: Credentials;
  readonly #catalogue: Catalogue;
  readonly #views: PackageViews;
  readonly #roots: RootDocuments;
  readonly #others: OtherTokens;

  constructor(deps: ComposerRepositoryDeps) {
    this.#deps = deps;
    this.#host = new URL(deps.publicUrl).host;
    this.#log = createRequestLog(deps.logger, deps);
    this.#credentials = createCredentials(deps);
    this.#catalogue = createCatalogue(deps);
    this.#views = createPackageViews(deps);
    this.#others = createOtherTokens(deps);
    this.#roots = createRootDocuments(deps.publicUrl, this.#host);
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
    if (this.#log.logsAnswers) response.once("close", () => this.#log.answered(incoming, response.statusCode));
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
    const found = await this.#credentials.resolve(authorization, (token) => this.#isPastLimit(incoming, token));
    if ("problem" in found) {
      await this.#refuseCredential(incoming, found);
      return;
    }
    const state = this.#catalogue.current() ?? (await this.#catalogue.ready());
    if ("isLimited" in found && !this.#count(incoming, found, state)) return;
    // Changed or revoked while we read, or something got free: look again.
    if ("isLimited" in found || !this.#credentials.isInForce(found)) {
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
    if ("problem" in credential) return this.#refuseCredential(incoming, credential);
    if (!this.#count(incoming, credential, state)) return undefined;
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

  /** Whether {@link ComposerRepository.#count} would refuse it. */
  #isPastLimit({ isCounted, route }: Request, { tokenId, rateLimitMax }: KnownToken): boolean {
    if (isCounted || route.kind === "notify" || rateLimitMax === null) return false;
    return !this.#deps.rateLimiter.look(tokenId, rateLimitMax).allowed;
  }

  /** Counts the request and charges it to the token's hourly limit; false when it was refused. */
  #count(incoming: Request, credential: KnownToken, state: CatalogueState): boolean {
    if (incoming.isCounted || incoming.route.kind === "notify") return true;
    incoming.isCounted = true;
    incoming.tokenId = credential.tokenId;
    const { request } = incoming;
    const from = { address: this.#deps.clientAddress(request), userAgent: request.headers["user-agent"] };
    this.#deps.usage.countRequest(credential.tokenId, from, credential.rotated?.secretHash);
    if (credential.rateLimitMax === null) return true;
    incoming.rateLimit = this.#deps.rateLimiter.take(credential.tokenId, credential.rateLimitMax);
    if (incoming.rateLimit.allowed) return true;
    const seconds = burstAfterSeconds(incoming.rateLimit);
    this.#log.refused(incoming, 429, "rate limited");
    const { support } = helpOf(state, credential);
    const message = withHelp(rateLimitMessage(credential.rateLimitMax, seconds), support);
    sendWarning(incoming, 429, message, ["Retry-After", String(seconds)]);
    return false;
  }

  /** Who has another token that works is told so. */
  async #refuseCredential(incoming: Request, problem: CredentialProblem): Promise<void> {
    const ended = "tokenId" in problem ? problem.tokenId : undefined;
    const other = ended === undefined ? undefined : await this.#others.working(ended);
    const told = other === undefined ? problem : { ...problem, other };
    const help = await this.#help("shop" in problem ? problem.shop : undefined);
    refuseCredential(this.#deps, { host: this.#host, log: this.#log, help }, incoming, told);
  }

  /** Without a database it is refused as well, in fewer words. */
  async #help(shop: string | undefined): Promise<Help> {
    const state = this.#catalogue.current() ?? (await unlessStorageFails(() => this.#catalogue.ready()));
    return state === undefined ? NO_HELP : helpOf(state, { shop });
  }

  /** The reason is made for this token and kept nowhere: views are shared. */
  async #answerClosed(
    incoming: Request,
    credential: Credential,
    { name, isDev, help }: { name: string; isDev: boolean; help: Help },
    access: ClosedAccess,
  ): Promise<void> {
    // Composer asks for both files of a name, and up to 2.10 prints what it reads in each.
    const other = isDev ? undefined : await this.#others.opening(credential.tokenId, name);
    this.#unlessStale(incoming, credential, () => {
      this.#log.refused(incoming, 200, access.kind);
      // An empty list claims the name, so that no public repository is asked for it, and overwrites a stale cache.
      const empty = { packages: { [name]: [] } };
      const warning = closedLine(name, access, other, help);
      sendJson(incoming, 200, isDev ? empty : { ...empty, warning });
    });
  }

  #answerRoot(
    incoming: Request,
    credential: Credential,
    state: CatalogueState,
    now: number,
  ): Promise<void> | undefined {
    const view = this.#roots.cached(state, credential, now);
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
    const help = helpOf(state, { shop: credential.shop, hosted });
    if (isClosed(access)) return this.#answerClosed(incoming, credential, { ...route, help }, access);
    const visible: VisibleAccess = access;
    const wanted = { hosted, access: visible, isDev: route.isDev, help };
    const view = this.#views.cached(wanted);
    if (view === undefined) {
      return this.#views
        .build(wanted)
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
    const refused = (status: number, reason: string) => this.#log.refused(incoming, status, reason);
    const stillValid = (send: () => void) => this.#unlessStale(incoming, credential, send);
    const otherToken = (name: string) => this.#others.opening(credential.tokenId, name);
    const help = helpOf(state, { shop: credential.shop, hosted });
    const wanted = { credential, hosted, reference: route.reference, help, refused, stillValid, otherToken };
    await serveArchive(this.#deps, incoming, wanted);
  }

  async #answerNotify(incoming: Request, credential: Credential, state: CatalogueState): Promise<void> {
    const { database, usage, clock, notifyLimiter, notifyLimit } = this.#deps;
    // Composer asks once and reads nothing of the answer, so nothing is said of it there either.
    if (notifyLimit > 0 && !notifyLimiter.take(credential.tokenId, notifyLimit).allowed) {
      this.#log.refused(incoming, 429, "too many install reports");
      sendJson(incoming, 429, { status: "error" });
      return;
    }
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

  #fail(incoming: Request, error: unknown): void {
    const requestId = this.#log.failed(incoming, error);
    if (incoming.response.headersSent) {
      incoming.response.destroy();
      return;
    }
    const isUnavailable = isStorageFailure(error);
    const told = error instanceof AppError ? error : refusalOf(error);
    const status = told?.status ?? (isUnavailable ? 503 : 500);
    const text = told === undefined ? "The server had a problem." : messageOf(told);
    const retryAfter = told instanceof AppError ? told.retryAfterSeconds : undefined;
    const headers = retryAfter === undefined ? [] : ["Retry-After", String(retryAfter)];
    sendWarning(incoming, status, `${text} (${requestId})`, headers);
  }
}

const NEW_REQUEST = { rateLimit: undefined, isCounted: false, tokenId: undefined };

function isAllowedMethod(method: string | undefined, route: ComposerRoute): boolean {
  return route.kind === "notify" ? method === "POST" : method === "GET" || method === "HEAD";
}
