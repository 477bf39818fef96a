import type { AlarmClock } from "./clock.ts";

/** Work that is ended after a while, or when `signal` is aborted. */
export interface TimeLimit {
  readonly clock: AlarmClock;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** What is thrown instead of however the work ends then. */
  readonly late: () => Error;
}

export async function inTime<T>(limit: TimeLimit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, ms, signal, late } = limit;
  const isLate = new AbortController();
  const callOff = clock.after(ms, () => isLate.abort());
  try {
    return await work(signal === undefined ? isLate.signal : AbortSignal.any([isLate.signal, signal]));
  } catch (error) {
    throw isLate.signal.aborted && signal?.aborted !== true ? late() : error;
  } finally {
    callOff();
  }
}
