import type { AlarmClock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import { rateLimitHeaders } from "../../platform/http/rate-limit-headers.ts";
import { createRateLimiter, secondsInWords } from "../../platform/rate-limiter.ts";
import type { RateLimiter, RateLimitVerdict } from "../../platform/rate-limiter.ts";
import { WaitingLines } from "../../platform/waiting-lines.ts";
import type { Refusal } from "../../platform/waiting-lines.ts";
import type { Pace } from "./pace.ts";
import type { Principal } from "./principal.ts";

const MINUTE_SECONDS = 60;
/** Management tokens and sessions are few; those that are gone are forgotten. */
const CALLERS_MAX = 20_000;

/** Longer than that, handlers and the proxies in front of us have given up. A waiting request costs about 20 kB. */
const WAITING = { waitMsMax: 20_000, lengthMax: 500, waitingMax: 2_000, windowSeconds: MINUTE_SECONDS };

/** Requests a minute; 0: no limit. */
export interface CallerLimits {
  requests: number;
  endings: number;
}

/** One request that is to be charged. */
export interface Charge {
  principal: Principal;
  pace: Pace;
  /** For the answer, whatever it will be. */
  setHeaders(headers: Record<string, string>): void;
  /** Asked for only when it has to wait. */
  whenLeft(): AbortSignal;
}

/** Charges requests to their management token or session. */
export interface CallerLimit {
  /**
   * Resolves when the request may go on, to whether it had to wait. Throws `request.too_many` when nothing is free,
   * and `request.too_many_waiting` for what waited in vain, with the headers on their way already.
   */
  charge(charge: Charge): Promise<boolean>;
  /** Whoever waits is told to come back; nothing is left that would go on by itself. */
  close(): void;
}

interface Bucket {
  policy: string;
  limit: number;
  limiter: RateLimiter;
  lines: WaitingLines;
}

/** So many requests at once, refilled evenly; no limit, and no headers, with 0. */
export function createCallerLimit(clock: AlarmClock, limits: CallerLimits): CallerLimit {
  const bucketOf = (policy: string, limit: number): Bucket => {
    const limiter = createRateLimiter(clock, { bucketsMax: CALLERS_MAX, windowSeconds: MINUTE_SECONDS });
    return { policy, limit, limiter, lines: new WaitingLines(clock, limiter, WAITING) };
  };
  const requests = bucketOf("requests", limits.requests);
  const endings = bucketOf("endings", limits.endings);
  return {
    async charge(charge) {
      const { principal, pace } = charge;
      const bucket = pace === "ending" ? endings : requests;
      if (bucket.limit === 0) return false;
      // By session, not by user: a forgotten tab elsewhere does not stop somebody's work.
      const id = principal.session?.id ?? principal.actor.id;
      const who = principal.session === undefined ? "This management token" : "This session";
      const tell = (verdict: RateLimitVerdict) =>
        charge.setHeaders(rateLimitHeaders(bucket.policy, verdict, MINUTE_SECONDS));
      if (pace === "usual") {
        chargeAtOnce(bucket, id, who, tell);
        return false;
      }
      const outcome = await bucket.lines.enter(id, bucket.limit, () => charge.whenLeft());
      tell(outcome.verdict);
      if (outcome.kind === "refused") throw inVain(outcome, who);
      return outcome.hasWaited;
    },
    close() {
      requests.lines.close();
      endings.lines.close();
    },
  };
}

function chargeAtOnce(
  { limiter, limit, lines }: Bucket,
  id: string,
  who: string,
  tell: (verdict: RateLimitVerdict) => void,
): void {
  // What is free belongs to the sale that waits for it.
  const isDue = lines.isAnybodyIn(id);
  const verdict = isDue ? limiter.look(id, limit) : limiter.take(id, limit);
  tell(verdict);
  if (verdict.allowed && !isDue) return;
  const retryAfterSeconds = Math.max(1, verdict.retryAfterSeconds);
  throw new AppError(
    "request.too_many",
    `${who} made more than ${limit} requests a minute; the next one is free in ${secondsInWords(retryAfterSeconds)}.`,
    { retryAfterSeconds },
  );
}

function inVain({ why, retryAfterSeconds }: Refusal, who: string): AppError {
  const reasons = {
    full: `${who} has as many sales and endings waiting as are served in time`,
    late: `${who} sends more sales and endings than its limit; this one waited for 20 seconds`,
    left: "The client sends no more and may have gone",
    closed: "The server is stopping",
  };
  return new AppError(
    "request.too_many_waiting",
    `${reasons[why]}. Nothing was changed; try again in ${secondsInWords(retryAfterSeconds)}.`,
    { retryAfterSeconds },
  );
}
