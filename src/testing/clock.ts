import type { AlarmClock } from "../platform/clock.ts";

/** A clock that stands still until it is told to move; what is due on the way is called at its time. */
export interface TestClock extends AlarmClock {
  advanceSeconds(seconds: number): void;
  setSeconds(seconds: number): void;
  /** How many calls are still to come. */
  alarmCount(): number;
}

export function createTestClock(startSeconds = 1_800_000_000): TestClock {
  let ms = startSeconds * 1000;
  const alarms = new Set<{ atMs: number; callback: () => void }>();
  const moveTo = (targetMs: number) => {
    for (;;) {
      const [next] = [...alarms].filter(({ atMs }) => atMs <= targetMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      alarms.delete(next);
      ms = Math.max(ms, next.atMs);
      next.callback();
    }
    ms = targetMs;
  };
  return {
    nowMs: () => ms,
    after(delayMs, callback) {
      const alarm = { atMs: ms + delayMs, callback };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    advanceSeconds: (seconds) => moveTo(ms + seconds * 1000),
    setSeconds: (seconds) => moveTo(seconds * 1000),
    alarmCount: () => alarms.size,
  };
}
