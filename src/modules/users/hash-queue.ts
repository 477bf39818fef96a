import { AppError } from "../../platform/errors.ts";

/** Runs slow work a few at a time; who comes when too many wait already is told to come back. */
export interface HashQueue {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** The most that ever ran at once. */
  readonly peak: number;
}

export function createHashQueue(limits: { atOnce: number; waitingMax: number }): HashQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let peak = 0;
  const take = () => {
    running++;
    peak = Math.max(peak, running);
  };
  return {
    get peak() {
      return peak;
    },
    async run(work) {
      if (running < limits.atOnce) take();
      else {
        if (waiting.length >= limits.waitingMax) {
          throw new AppError("auth.throttled", "Too many people log in at this moment; try again in 5 seconds.", {
            retryAfterSeconds: 5,
          });
        }
        // Whoever ends hands its place on, so that nobody who comes later takes it.
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
