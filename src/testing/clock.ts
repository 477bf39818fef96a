import type { Clock } from "../platform/clock.ts";

/** A clock that stands still until it is told to move. */
export interface TestClock extends Clock {
  advanceSeconds(seconds: number): void;
  setSeconds(seconds: number): void;
}

export function createTestClock(startSeconds = 1_800_000_000): TestClock {
  let ms = startSeconds * 1000;
  return {
    nowMs: () => ms,
    advanceSeconds: (seconds) => (ms += seconds * 1000),
    setSeconds: (seconds) => (ms = seconds * 1000),
  };
}
