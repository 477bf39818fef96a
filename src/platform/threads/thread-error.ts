import { AppError } from "../errors.ts";

/** `failed`: the task threw something else than an expected error; the rest speak for themselves. */
export type ThreadFailure = "out_of_memory" | "too_slow" | "too_many_waiting" | "called_off" | "failed";

/** Why a task in a worker thread has no result; the message may be shown to whoever runs the server. */
export class ThreadError extends Error {
  override readonly name = "ThreadError";
  readonly kind: ThreadFailure;

  constructor(kind: ThreadFailure, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}

/** What whoever waited for a task is answered; undefined where it is a mistake of ours. */
export function refusalOf(error: unknown): AppError | undefined {
  if (!(error instanceof ThreadError) || error.kind === "failed") return undefined;
  const message = `The server cannot do this at the moment: ${error.message}. Try again later.`;
  return new AppError("service.unavailable", message, { cause: error, internal: error.message });
}
