import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import { rateLimitHeaders } from "../../platform/http/rate-limit-headers.ts";
import { createRateLimiter, secondsInWords } from "../../platform/rate-limiter.ts";
import type { Principal } from "./principal.ts";

const MINUTE_SECONDS = 60;
/** Management tokens and sessions are few; those that are gone are forgotten. */
const CALLERS_MAX = 20_000;

/** Charges a request to its management token or session. */
export interface CallerLimit {
  /** The headers of the answer; throws `request.too_many` when nothing is free, with the headers on their way already. */
  charge(principal: Principal, setHeaders: (headers: Record<string, string>) => void): void;
}

/** `limit` requests at once, refilled at `limit` a minute; 0 is no limit and no headers. */
export function createCallerLimit(clock: Clock, limit: number): CallerLimit {
  const limiter = createRateLimiter(clock, { bucketsMax: CALLERS_MAX, windowSeconds: MINUTE_SECONDS });
  return {
    charge(principal, setHeaders) {
      if (limit === 0) return;
      // By session, not by user: a forgotten tab elsewhere does not stop somebody's work.
      const verdict = limiter.take(principal.session?.id ?? principal.actor.id, limit);
      setHeaders(rateLimitHeaders("requests", verdict, MINUTE_SECONDS));
      if (verdict.allowed) return;
      const { retryAfterSeconds } = verdict;
      const who = principal.session === undefined ? "This management token" : "This session";
      throw new AppError(
        "request.too_many",
        `${who} made more than ${limit} requests a minute; the next one is free in ${secondsInWords(retryAfterSeconds)}.`,
        { retryAfterSeconds },
      );
    },
  };
}
