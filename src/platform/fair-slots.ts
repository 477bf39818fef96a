import { fewestFirst } from "./fewest-first.ts";

export interface SlotLimits {
  /** At a time. */
  readonly all: number;
  /** Of them, such as are not known to be small: the rest stays free for small ones. */
  readonly large: number;
  readonly ofGroup: number;
  readonly largeOfGroup: number;
}

export interface SlotRequest {
  /** Who shares places with whom. */
  readonly group: string;
  readonly isSmall: boolean;
  /** Whoever waits leaves; work that has begun is for the work itself to end. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter extends SlotRequest {
  readonly begin: () => void;
}

interface Group {
  running: number;
  large: number;
  waiting: number;
  /** When it was last its turn, as a number that grows. */
  turn: number;
}

/**
 * Runs so much work at once, and the rest in turns: the group that has fewest running is next, and of those the one that
 * waited longest; within a group the order is that of arrival.
 */
export class FairSlots {
  readonly #limits: SlotLimits;
  readonly #groups = new Map<string, Group>();
  readonly #waiting = new Set<Waiter>();
  #running = 0;
  #large = 0;
  #turn = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  async run<T>(request: SlotRequest, work: () => Promise<T>): Promise<T> {
    await this.#wait(request);
    try {
      return await work();
    } finally {
      this.#count(request, -1);
      this.#serve();
    }
  }

  #wait(request: SlotRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal, group } = request;
      signal?.throwIfAborted();
      const leave = () => {
        this.#takeOut(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        ...request,
        begin: () => {
          signal?.removeEventListener("abort", leave);
          this.#count(request, 1);
          this.#takeOut(waiter);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      this.#of(group).waiting++;
      signal?.addEventListener("abort", leave, { once: true });
      this.#serve();
    });
  }

  #serve(): void {
    for (;;) {
      const next = fewestFirst(this.#waiting, (waiter) => this.#rankOf(waiter));
      if (next === undefined) return;
      this.#of(next.group).turn = ++this.#turn;
      next.begin();
    }
  }

  #rankOf({ group, isSmall }: Waiter): readonly number[] | undefined {
    const { running, large, turn } = this.#of(group);
    if (this.#running >= this.#limits.all || running >= this.#limits.ofGroup) return undefined;
    const isFull = this.#large >= this.#limits.large || large >= this.#limits.largeOfGroup;
    return !isSmall && isFull ? undefined : [running, turn];
  }

  #count({ group, isSmall }: SlotRequest, by: 1 | -1): void {
    const of = this.#of(group);
    const large = isSmall ? 0 : by;
    this.#running += by;
    this.#large += large;
    of.running += by;
    of.large += large;
    this.#forget(group);
  }

  #takeOut(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    this.#of(waiter.group).waiting--;
    this.#forget(waiter.group);
  }

  #of(name: string): Group {
    const known = this.#groups.get(name) ?? { running: 0, large: 0, waiting: 0, turn: 0 };
    this.#groups.set(name, known);
    return known;
  }

  #forget(name: string): void {
    const { running, waiting } = this.#of(name);
    if (running === 0 && waiting === 0) this.#groups.delete(name);
  }
}
