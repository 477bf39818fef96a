/** Every code the API can answer with, and its HTTP status. Codes are public: add freely, never rename. */
export const STATUS_BY_CODE = {
  "request.invalid": 400,
  "request.malformed": 400,
  "auth.missing": 401,
  "auth.invalid": 401,
  "auth.expired": 401,
  "auth.revoked": 401,
  "auth.rotated": 401,
  "auth.wrong_kind": 401,
  "auth.login_failed": 401,
  "auth.totp_required": 401,
  "auth.passkey_required": 401,
  "auth.missing_scope": 403,
  "auth.outside_bound": 403,
  "auth.outside_network": 403,
  "auth.outside_role": 403,
  "auth.csrf": 403,
  "auth.step_up_required": 403,
  "auth.second_factor_required": 403,
  "resource.not_found": 404,
  "link.invalid": 404,
  "request.method_not_allowed": 405,
  "resource.conflict": 409,
  "request.in_flight": 409,
  "sale.ended": 409,
  "link.expired": 410,
  "link.used": 410,
  "request.precondition_failed": 412,
  "request.too_large": 413,
  "request.unsupported_media_type": 415,
  "idempotency.key_reused": 422,
  "renewal.id_reused": 422,
  "auth.throttled": 429,
  "request.too_many": 429,
  "internal.unexpected": 500,
  "request.too_many_waiting": 503,
  "server.without_key": 503,
  "service.unavailable": 503,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** One wrong thing in a request: an RFC 6901 pointer into the body (or `?name` for a query parameter) and what to do. */
export interface FieldError {
  pointer: string;
  detail: string;
}

interface AppErrorOptions {
  errors?: FieldError[];
  /** Goes out as `Retry-After`. */
  retryAfterSeconds?: number;
  /** For the log only. */
  internal?: string;
  cause?: unknown;
}

/** An expected failure. `message` and `errors` reach the client; `internal` and `cause` only the log. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly internal: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.internal = options.internal;
  }

  get status(): number {
    return STATUS_BY_CODE[this.code];
  }
}

/** A request that names one wrong field: the most common refusal. */
export function invalidField(pointer: string, detail: string): AppError {
  return new AppError("request.invalid", `${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}

/** A request with all that is wrong with it. */
export function invalidFields(errors: FieldError[]): AppError {
  const detail = errors.map((error) => `${error.pointer} ${error.detail}`).join("; ");
  return new AppError("request.invalid", `The request is not valid: ${detail}`, { errors });
}

/** What a human may read of any thrown value, for logs and state texts; never sent to a client as it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
