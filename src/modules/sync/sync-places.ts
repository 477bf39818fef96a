const SYNCS_AT_ONCE = 2;

/**
 * A sync that has run for so long is a slow one. While slow ones have all the places, there is one more for sources that
 * are not known as such: a repository that dribbles for an hour must not keep everybody else's releases away.
 */
const SLOW_AFTER_SECONDS = 60;

/** Which sources are synced at the moment, and which may be. */
export class SyncPlaces {
  readonly #running = new Map<string, { ended: Promise<void>; since: number }>();
  /** Sources whose last sync by this process was slow. */
  readonly #slow = new Set<string>();
  readonly #nowSeconds: () => number;

  constructor(nowSeconds: () => number) {
    this.#nowSeconds = nowSeconds;
  }

  /** So many due sources have to be looked at to find one for a free place: those that are running are due still. */
  get lookAt(): number {
    return SYNCS_AT_ONCE * 8 + this.#slow.size;
  }

  get areAllTaken(): boolean {
    return this.#running.size > SYNCS_AT_ONCE;
  }

  isFreeFor(id: string): boolean {
    if (this.#running.has(id)) return false;
    if (this.#running.size < SYNCS_AT_ONCE) return true;
    const areAllSlow = [...this.#running].every(([other, { since }]) => this.#slow.has(other) || this.#isSlow(since));
    return this.#running.size === SYNCS_AT_ONCE && areAllSlow && !this.#slow.has(id);
  }

  take(id: string, work: () => Promise<void>): void {
    const since = this.#nowSeconds();
    const ended = work().finally(() => {
      this.#running.delete(id);
      if (this.#isSlow(since)) this.#slow.add(id);
      else this.#slow.delete(id);
    });
    this.#running.set(id, { ended, since });
  }

  /** Resolves when those that run now have ended. */
  async allEnded(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #isSlow(since: number): boolean {
    return this.#nowSeconds() - since >= SLOW_AFTER_SECONDS;
  }
}
