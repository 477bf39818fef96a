import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { AppError, messageOf } from "../errors.ts";
import type { ErrorCode, FieldError } from "../errors.ts";

/** RFC 9457 problem details, as every refused API call answers. */
export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: FieldError[];
  request_id: string;
}

const FASTIFY_CODES: Record<string, { code: ErrorCode; detail: string }> = {
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

/** Turns anything thrown into an {@link AppError}; what we did not expect becomes a 500 that tells nothing. */
export function toAppError(error: FastifyError | AppError): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.flatMap((entry) => fieldErrorsOf(entry, error.validationContext ?? "body"));
    const detail = errors.map((entry) => `${entry.pointer === "" ? "The body" : entry.pointer} ${entry.detail}`);
    return new AppError("request.invalid", `The request is not valid: ${detail.join("; ")}`, { errors });
  }
  const known = FASTIFY_CODES[error.code];
  if (known !== undefined) return new AppError(known.code, known.detail, { cause: error });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError("request.malformed", "The request could not be read.", {
      cause: error,
      internal: messageOf(error),
    });
  }
  return new AppError("internal.unexpected", "Something went wrong on our side; the request id finds it in the log.", {
    cause: error,
    internal: messageOf(error),
  });
}

interface ValidationEntry {
  instancePath: string;
  message?: string;
  keyword: string;
  params: Record<string, unknown>;
}

function fieldErrorsOf(entry: ValidationEntry, context: string): FieldError[] {
  const base = context === "querystring" ? "?" : context === "params" ? "{}" : "/";
  const path = entry.instancePath.replace(/^\//, "");
  const keys = unknownKeysOf(entry);
  if (keys.length > 0) {
    const prefix = path === "" ? base : `${base}${path}/`;
    return keys.map((key) => ({ pointer: `${prefix}${escapePointer(key)}`, detail: "is not a known field" }));
  }
  return [{ pointer: path === "" && base === "/" ? "" : base + path, detail: entry.message ?? "is not valid" }];
}

function unknownKeysOf(entry: ValidationEntry): string[] {
  const keys = entry.params["keys"];
  return entry.keyword === "unrecognized_keys" && Array.isArray(keys) ? keys.map(String) : [];
}

/** RFC 6901; long keys are cut, an error answer is no place for a megabyte of echo. */
function escapePointer(key: string): string {
  return key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The one place where an error becomes an answer, and where it is logged: once, with every reason, never the body. */
export function handleError(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const appError = toAppError(error);
  const facts = { code: appError.code, status: appError.status, errors: appError.errors, reason: appError.message };
  if (appError.status >= 500) {
    request.log.error({ ...facts, internal: appError.internal, err: appError.cause ?? appError }, "request failed");
  } else {
    request.log.warn({ ...facts, internal: appError.internal }, "request refused");
  }
  return sendProblem(request, reply, appError);
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  const problem: Problem = {
    type: "about:blank",
    title: STATUS_CODES[error.status] ?? "Error",
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
    request_id: request.id,
  };
  if (error.status === 401) void reply.header("www-authenticate", "Bearer");
  return reply
    .code(error.status)
    .header("cache-control", "no-store")
    .header("content-type", "application/problem+json")
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem);
}
