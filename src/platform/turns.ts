import { setImmediate as afterOthers } from "node:timers/promises";

/** The longest that a piece of work holds the event loop before others get a turn. */
const TURN_MS = 8;

let turnBeganAt: number | undefined;

/**
 * Asked between two steps of work that has many: a promise to wait for once this turn of the event loop has lasted long
 * enough, undefined before. All work of one turn shares its time, so that ten syncs do not hold it for ten times as long.
 */
export function giveWay(): Promise<void> | undefined {
  const now = performance.now();
  if (turnBeganAt === undefined) {
    turnBeganAt = now;
    setImmediate(() => (turnBeganAt = undefined));
    return undefined;
  }
  return now - turnBeganAt < TURN_MS ? undefined : afterOthers();
}

const PAGE_MS_MAX = 8;

/**
 * How many rows to read or write in one statement, which holds the thread on SQLite: twice as many after a quick one,
 * half as many after a slow one. Powers of two, so that there are few different statements to keep compiled.
 */
export class PageSize {
  readonly #max: number;
  #rows = 16;

  constructor(max = 512) {
    this.#max = max;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Does something with a page, and learns from how long that took. */
  async measure<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    const ms = performance.now() - startedAt;
    if (ms > PAGE_MS_MAX) this.#rows = Math.max(1, this.#rows / 2);
    else if (ms < PAGE_MS_MAX / 4) this.#rows = Math.min(this.#max, this.#rows * 2);
    return result;
  }
}
