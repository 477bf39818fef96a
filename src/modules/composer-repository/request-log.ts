import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { ClientAddress } from "../../platform/http/index.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { ComposerRoute } from "./routes.ts";

/** What the log says of a request. */
export interface LoggedRequest {
  request: IncomingMessage;
  route: ComposerRoute;
  /** Once it is known. */
  tokenId: string | undefined;
  startedAtMs: number;
}

export interface RequestLog {
  /** Answers are logged at the level `debug` only: a warm one costs less than its line in the log. */
  readonly logsAnswers: boolean;
  answered(incoming: LoggedRequest, status: number): void;
  refused(incoming: LoggedRequest, status: number, reason: string): void;
  /** Returns the id of the line, for whoever asks what happened. */
  failed(incoming: LoggedRequest, error: unknown): string;
}

/** A refusal that is repeated is on record once a minute, with how often it was. */
const REPEATED_SECONDS = 60;
const REPEATED_MAX = 10_000;

export interface RequestLogDeps {
  clock: Clock;
  clientAddress: ClientAddress;
}

export function createRequestLog(logger: Logger, { clock, clientAddress }: RequestLogDeps): RequestLog {
  const repeated = new LRUCache<string, { since: number; count: number }>({ max: REPEATED_MAX });
  /** How often it came since it was written down last; undefined where it is not to be written down now. */
  const countRepeated = (key: string): number | undefined => {
    const now = nowSeconds(clock);
    const known = repeated.get(key);
    if (known !== undefined && now - known.since < REPEATED_SECONDS) {
      known.count++;
      return undefined;
    }
    repeated.set(key, { since: now, count: 0 });
    return known?.count ?? 0;
  };
  return {
    logsAnswers: logger.isLevelEnabled("debug"),
    answered(incoming, status) {
      logger.debug({ ...factsOf(incoming), status, token_id: incoming.tokenId }, "composer answered");
    },
    refused(incoming, status, reason) {
      const { request, tokenId } = incoming;
      const count = countRepeated(JSON.stringify([clientAddress(request), tokenId, status, reason, pathOf(request)]));
      if (count === undefined) return;
      const more = count === 0 ? {} : { repeated: count };
      const facts = { ...factsOf(incoming), status, reason, token_id: tokenId, request_id: newId("req"), ...more };
      logger.info(facts, "composer refused");
    },
    failed({ request }, error) {
      const requestId = newId("req");
      const internal = error instanceof AppError ? error.internal : undefined;
      logger.error({ err: error, internal, request_id: requestId, path: pathOf(request) }, "composer request failed");
      return requestId;
    },
  };
}

function factsOf({ request, route, startedAtMs }: LoggedRequest): Record<string, unknown> {
  const duration_ms = Math.round((performance.now() - startedAtMs) * 10) / 10;
  return { method: request.method, route: route.kind, path: pathOf(request), duration_ms };
}

/** Without the query, which can hold anything, also a secret somebody put there by mistake. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").replace(/\?.*$/s, "").slice(0, 300);
}
