import type { AlarmClock } from "./clock.ts";
import type { RateLimiter, RateLimitVerdict } from "./rate-limiter.ts";

/** How somebody came out of a line. */
export type Outcome = { kind: "admitted"; verdict: RateLimitVerdict; hasWaited: boolean } | Refusal;

export interface Refusal {
  kind: "refused";
  verdict: RateLimitVerdict;
  /** `full`: there was no place; `late`: it waited as long as anybody does; `left` and `closed` speak for themselves. */
  why: "full" | "late" | "left" | "closed";
  retryAfterSeconds: number;
}

export interface LineLimits {
  /** The longest that anybody waits. */
  waitMsMax: number;
  /** Of one name, and of all. */
  lengthMax: number;
  waitingMax: number;
  /** Of the limiter. */
  windowSeconds: number;
}

interface Waiter {
  limit: number;
  leave(outcome: Outcome): void;
}

interface Line {
  waiters: Waiter[];
  callOff: () => void;
}

/**
 * Whoever finds nothing free waits for it, in the order of arrival: a line for each name of a rate limiter, in the memory
 * of this instance. Nothing is left of a line when it is empty.
 */
export class WaitingLines {
  readonly #clock: AlarmClock;
  readonly #limiter: RateLimiter;
  readonly #limits: LineLimits;
  readonly #lines = new Map<string, Line>();
  #waiting = 0;
  #isClosed = false;

  constructor(clock: AlarmClock, limiter: RateLimiter, limits: LineLimits) {
    this.#clock = clock;
    this.#limiter = limiter;
    this.#limits = limits;
  }

  /** `whenLeft` is asked for only when there is a line. */
  async enter(id: string, limit: number, whenLeft: () => AbortSignal): Promise<Outcome> {
    if (!this.#lines.has(id)) {
      const verdict = this.#limiter.take(id, limit);
      if (verdict.allowed) return { kind: "admitted", verdict, hasWaited: false };
    }
    if (this.#hasPlace(id, limit)) return await this.#wait(id, limit, whenLeft());
    return this.#refusal(id, limit, this.#isClosed ? "closed" : "full");
  }

  /** Those who do not wait must not take what the next in line waits for. */
  isAnybodyIn(id: string): boolean {
    return this.#lines.has(id);
  }

  /** Sends everybody away who waits, and whoever would have to. */
  close(): void {
    this.#isClosed = true;
    for (const [id, { waiters }] of this.#lines) {
      for (const waiter of waiters.slice()) waiter.leave(this.#refusal(id, waiter.limit, "closed"));
    }
  }

  /** Whoever could not be served in time anyway is told at once. */
  #hasPlace(id: string, limit: number): boolean {
    const { lengthMax, waitingMax, waitMsMax, windowSeconds } = this.#limits;
    const servedInTime = Math.ceil((limit * waitMsMax) / (windowSeconds * 1000));
    const length = this.#lines.get(id)?.waiters.length ?? 0;
    return !this.#isClosed && this.#waiting < waitingMax && length < Math.min(lengthMax, servedInTime);
  }

  #wait(id: string, limit: number, left: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const line = this.#lineOf(id, limit);
      const waiter: Waiter = {
        limit,
        leave: (outcome) => {
          callOff();
          left.removeEventListener("abort", goAway);
          this.#takeOut(id, line, waiter);
          resolve(outcome);
        },
      };
      const goAway = () => waiter.leave(this.#refusal(id, limit, "left"));
      const callOff = this.#clock.after(this.#limits.waitMsMax, () => waiter.leave(this.#refusal(id, limit, "late")));
      left.addEventListener("abort", goAway, { once: true });
      line.waiters.push(waiter);
      this.#waiting++;
      if (left.aborted) goAway();
    });
  }

  #lineOf(id: string, limit: number): Line {
    const known = this.#lines.get(id);
    if (known !== undefined) return known;
    const { retryAfterMs } = this.#limiter.look(id, limit);
    const line: Line = { waiters: [], callOff: this.#clock.after(retryAfterMs, () => this.#serve(id, line)) };
    this.#lines.set(id, line);
    return line;
  }

  #serve(id: string, line: Line): void {
    for (let [first] = line.waiters; first !== undefined; [first] = line.waiters) {
      const verdict = this.#limiter.take(id, first.limit);
      if (!verdict.allowed) {
        line.callOff = this.#clock.after(verdict.retryAfterMs, () => this.#serve(id, line));
        return;
      }
      first.leave({ kind: "admitted", verdict, hasWaited: true });
    }
  }

  #takeOut(id: string, line: Line, waiter: Waiter): void {
    line.waiters.splice(line.waiters.indexOf(waiter), 1);
    this.#waiting--;
    if (line.waiters.length > 0) return;
    line.callOff();
    this.#lines.delete(id);
  }

  #refusal(id: string, limit: number, why: Refusal["why"]): Refusal {
    const ahead = this.#lines.get(id)?.waiters.length ?? 0;
    const retryAfterSeconds = Math.max(1, Math.ceil(((ahead + 1) * this.#limits.windowSeconds) / limit));
    return { kind: "refused", verdict: this.#limiter.look(id, limit), why, retryAfterSeconds };
  }
}
