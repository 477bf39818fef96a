import { STATUS_CODES } from "node:http";
import type { IncomingMessage } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isGivenUp, isStorageFailure } from "../database/index.ts";
import { AppError, messageOf } from "../errors.ts";
import type { ErrorCode, FieldError } from "../errors.ts";
import { refusalOf } from "../threads/index.ts";
import { problemType } from "./problem-schema.ts";

/** RFC 9457 problem details, as every refused API call answers. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: FieldError[];
  request_id: string;
}

/** However much was wrong: an answer, and a log line, stay readable. */
const ERRORS_MAX = 20;
const DETAIL_LENGTH_MAX = 2_000;

const FASTIFY_CODES: Record<string, { code: ErrorCode; detail: string }> = {
  FST_ERR_BAD_URL: { code: "request.malformed", detail: "The path is not valid: check its percent-encoding." },
  FST_ERR_MAX_PARAM_LENGTH: { code: "resource.not_found", detail: "There is nothing at this address." },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: "request.malformed", detail: "The body is not valid JSON." },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: "request.malformed", detail: "The body is empty; a JSON object is expected." },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: "request.too_large", detail: "The body is larger than 1 MB." },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "request.malformed",
    detail: "The body's size is not the one in Content-Length.",
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "request.unsupported_media_type",
    detail: "Send JSON, with Content-Type: application/json.",
  },
};

/** By a server that works as it was told to. */
const REFUSED_ON_PURPOSE: ReadonlySet<ErrorCode> = new Set(["request.too_many_waiting", "server.without_key"]);

/** Turns anything thrown into an {@link AppError}; what we did not expect becomes a 500 that tells nothing. */
export function toAppError(error: FastifyError | AppError): AppError {
  if (error instanceof AppError) return error;
  const known = FASTIFY_CODES[error.code];
  if (known !== undefined) return new AppError(known.code, known.detail, { cause: error });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError("request.malformed", "The request could not be read.", {
      cause: error,
      internal: messageOf(error),
    });
  }
  if (isStorageFailure(error)) {
    return new AppError(
      "service.unavailable",
      "The server cannot store anything at the moment (is its disk full?). Nothing was changed; try again later.",
      { cause: error, internal: messageOf(error) },
    );
  }
  if (isGivenUp(error)) {
    return new AppError(
      "service.unavailable",
      "Too much of the same is changed at once. Nothing was changed; send it again.",
      { cause: error, internal: messageOf(error), retryAfterSeconds: 1 },
    );
  }
  const refused = refusalOf(error);
  if (refused !== undefined) return refused;
  return new AppError("internal.unexpected", "Something went wrong on our side; the request id finds it in the log.", {
    cause: error,
    internal: messageOf(error),
  });
}

/** Why requests past a limit were refused, of which there is no end: the log of answers writes some of them. */
const pastLimit = new WeakMap<IncomingMessage, object>();

/** Undefined of a request that was not refused by a limit. */
export function refusalPastLimit(request: IncomingMessage): object | undefined {
  return pastLimit.get(request);
}

/** The one place where an error becomes an answer, and where it is logged: once, with every reason, never the body. */
export function handleError(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): void {
  const appError = toAppError(error);
  const problem = toProblem(request, appError);
  const route = { method: request.method, route: request.routeOptions.url ?? "unknown" };
  const { code, status, errors, detail: reason } = problem;
  const facts = { ...route, code, status, errors, reason, internal: appError.internal };
  const isOurs = appError.status >= 500 && !REFUSED_ON_PURPOSE.has(appError.code);
  if (isOurs) request.log.error({ ...facts, err: appError.cause ?? appError }, "request failed");
  else if (status === 429) pastLimit.set(request.raw, facts);
  else request.log.warn(facts, "request refused");
  if (appError.retryAfterSeconds !== undefined) void reply.header("retry-after", String(appError.retryAfterSeconds));
  sendProblem(reply, problem);
}

function toProblem(request: FastifyRequest, error: AppError): Problem {
  const { message, errors } = error;
  return {
    type: problemType(error.code),
    title: STATUS_CODES[error.status] ?? "Error",
    status: error.status,
    code: error.code,
    detail: message.length > DETAIL_LENGTH_MAX ? `${message.slice(0, DETAIL_LENGTH_MAX).toWellFormed()}…` : message,
    ...(errors.length > 0 ? { errors: errors.slice(0, ERRORS_MAX) } : {}),
    request_id: request.id,
  };
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 401) void reply.header("www-authenticate", "Bearer");
  void reply
    .code(problem.status)
    // Errors of the framework itself pass no hook that would have set these.
    .headers({ "cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": problem.request_id })
    .header("content-type", "application/problem+json")
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem);
}
