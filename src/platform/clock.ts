/** Where time comes from. Injected everywhere, so that tests step it instead of sleeping. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** A clock that also calls back. */
export interface AlarmClock extends Clock {
  /** Calls once, after so many milliseconds; what is returned calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: AlarmClock = {
  nowMs: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Whole seconds since the Unix epoch: the unit of every stored and published time. */
export function nowSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000);
}
