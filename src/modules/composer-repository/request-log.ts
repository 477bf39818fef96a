import type { IncomingMessage } from "node:http";
import type { Clock } from "../../platform/clock.ts";
import { SUBSCRIBER, networkOf } from "../../platform/http/index.ts";
import type { ClientAddress } from "../../platform/http/index.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { RepeatedLines } from "../../platform/log/repeated-lines.ts";
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

export interface RequestLogDeps {
  clock: Clock;
  clientAddress: ClientAddress;
}

export function createRequestLog(logger: Logger, { clock, clientAddress }: RequestLogDeps): RequestLog {
  const refusals = new RepeatedLines(clock, (facts) => logger.info(facts, "composer refused"));
  return {
    logsAnswers: logger.isLevelEnabled("debug"),
    answered(incoming, status) {
      logger.debug({ ...factsOf(incoming), status, token_id: incoming.tokenId }, "composer answered");
    },
    refused(incoming, status, reason) {
      const { request, tokenId } = incoming;
      const subject = JSON.stringify([networkOf(clientAddress(request), SUBSCRIBER), tokenId, status, reason]);
      // Past a limit it is always the same that is refused, whatever it asks for.
      const detail = status === 429 ? "" : pathOf(request);
      const facts = { ...factsOf(incoming), status, reason, token_id: tokenId, request_id: newId("req") };
      refusals.add({ subject, detail }, facts);
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
