import { AppError } from "../../platform/errors.ts";

/** Whose turn it is: lanes are served in turns, so that who sends a hundred waits for them alone. */
export interface HashLane {
  name: string;
  /** Of somebody who was here before. Every second turn is theirs, and no crowd of strangers takes their place. */
  isKnown: boolean;
}

/** Runs slow work a few at a time; who comes when too many wait already is told to come back. */
export interface HashQueue {
  run<T>(work: () => Promise<T>, lane?: HashLane): Promise<T>;
  /** The most that ever ran at once. */
  readonly peak: number;
}

const NO_LANE: HashLane = { name: "", isKnown: false };

export function createHashQueue(limits: { atOnce: number; waitingMax: number; laneMax?: number }): HashQueue {
  const known = new Lanes();
  const strangers = new Lanes();
  const laneMax = limits.laneMax ?? limits.waitingMax;
  let isTurnOfKnown = true;
  let running = 0;
  let peak = 0;
  const take = () => {
    running++;
    peak = Math.max(peak, running);
  };
  const next = () => {
    const [first, second] = isTurnOfKnown ? [known, strangers] : [strangers, known];
    isTurnOfKnown = !isTurnOfKnown;
    return first.shift() ?? second.shift();
  };
  return {
    get peak() {
      return peak;
    },
    async run(work, lane = NO_LANE) {
      const lanes = lane.isKnown ? known : strangers;
      if (running < limits.atOnce) take();
      else {
        if (lanes.waitingIn(lane.name) >= laneMax || (!lane.isKnown && strangers.waiting >= limits.waitingMax)) {
          throw new AppError("auth.throttled", "Too many people log in at this moment; try again in 5 seconds.", {
            retryAfterSeconds: 5,
          });
        }
        // Whoever ends hands its place on, so that nobody who comes later takes it.
        await new Promise<void>((resolve) => lanes.push(lane.name, resolve));
      }
      try {
        return await work();
      } finally {
        const waked = next();
        if (waked === undefined) running--;
        else waked();
      }
    },
  };
}

/** Lines that are served one after another, one from each. */
class Lanes {
  /** In the order of their turns; none is empty. */
  readonly #lanes = new Map<string, (() => void)[]>();
  waiting = 0;

  waitingIn(name: string): number {
    return this.#lanes.get(name)?.length ?? 0;
  }

  push(name: string, wake: () => void): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, [wake]);
    else lane.push(wake);
    this.waiting++;
  }

  shift(): (() => void) | undefined {
    for (const [name, lane] of this.#lanes) {
      const wake = lane.shift();
      this.#lanes.delete(name);
      if (lane.length > 0) this.#lanes.set(name, lane);
      this.waiting--;
      return wake;
    }
    return undefined;
  }
}
