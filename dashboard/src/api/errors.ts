/** One wrong field of a request: `/name` in the body, `?name` in the query. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

interface Problem {
  status: number;
  code: string;
  detail: string;
  errors?: FieldProblem[];
  request_id?: string | undefined;
}

/** A refusal of the API (RFC 9457), or `code: "network"` where nothing answered. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: FieldProblem[];
  readonly requestId: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.fields = problem.errors ?? [];
    this.requestId = problem.request_id;
  }

  /** What is wrong with one field of the body, such as `/email`. */
  field(pointer: string): string | undefined {
    return this.fields.find((field) => field.pointer === pointer || field.pointer.startsWith(`${pointer}/`))?.detail;
  }
}

export async function readProblem(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  try {
    const body = (await response.json()) as Partial<Problem>;
    return new ApiError({
      status: response.status,
      code: body.code ?? "unknown",
      detail: body.detail ?? `The server answered ${String(response.status)}.`,
      ...(body.errors === undefined ? {} : { errors: body.errors }),
      request_id: body.request_id ?? requestId,
    });
  } catch {
    const detail = `The server answered ${String(response.status)} ${response.statusText}.`;
    return new ApiError({ status: response.status, code: "unknown", detail, request_id: requestId });
  }
}

/** In words, for a human, whatever was thrown. */
export function describeError(error: unknown): { text: string; requestId: string | undefined } {
  if (error instanceof ApiError) return { text: error.message, requestId: error.requestId };
  return { text: error instanceof Error ? error.message : String(error), requestId: undefined };
}
