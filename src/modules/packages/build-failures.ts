import { Backoffs } from "../../platform/backoffs.ts";
import { AppError } from "../../platform/errors.ts";
import { GitError } from "../../platform/git/index.ts";

/** Composer asks again at once, and so does the next job of a CI: neither starts git again. */
const BACKOFF = { firstMs: 10_000, maxMs: 10 * 60_000 };
const REMEMBERED_MAX = 10_000;

/** Says what a failure was, and when its sources were read; both are compared, never shown. */
export interface Failed {
  readonly id: string;
  readonly readAt: string;
}

/**
 * Archives that could not be made. What would fail the same way is remembered until its source has been read again, and
 * what may pass is tried again after a while, which grows.
 */
export class BuildFailures {
  readonly #nowMs: () => number;
  readonly #passing: Backoffs;
  readonly #lasting = new Map<string, string>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#passing = new Backoffs(this.#nowMs, BACKOFF);
  }

  /** Why it is not tried now; undefined when it may be. */
  refusal({ id, readAt }: Failed): AppError | undefined {
    if (this.#lasting.get(id) === readAt) return cannotBeMade();
    this.#lasting.delete(id);
    const leftMs = this.#passing.left(id);
    return leftMs > 0 ? notNow(leftMs) : undefined;
  }

  /** Remembers it and returns what to answer. */
  remember({ id, readAt }: Failed, failure: unknown, internal: string): AppError {
    if (isLasting(failure)) {
      const [oldest] = this.#lasting.keys();
      if (this.#lasting.size >= REMEMBERED_MAX && oldest !== undefined) this.#lasting.delete(oldest);
      this.#lasting.set(id, readAt);
      return cannotBeMade({ internal, cause: failure });
    }
    return notNow(this.#passing.begin(id), { internal, cause: failure });
  }

  forget(id: string): void {
    this.#lasting.delete(id);
    this.#passing.end(id);
  }
}

/** What git refuses, and what is beyond a limit. Whatever else went wrong may go well another time. */
export function isLasting(failure: unknown): boolean {
  return failure instanceof GitError && (failure.kind === "other" || failure.kind === "output_too_large");
}

type Details = ConstructorParameters<typeof AppError>[2];

function cannotBeMade(details?: Details): AppError {
  const message = "The archive of this version cannot be made from its repository. Tell the vendor.";
  return new AppError("resource.not_found", message, details);
}

function notNow(retryAfterMs: number, details: Details = {}): AppError {
  const message = "The archive cannot be built at the moment. Try again later.";
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
  return new AppError("service.unavailable", message, { ...details, retryAfterSeconds });
}
