export interface BackoffLimits {
  readonly firstMs: number;
  /** The wait is doubled each time, up to this. */
  readonly maxMs: number;
  /** So many are remembered; of more, those are forgotten that failed longest ago. */
  readonly rememberedMax?: number;
}

const REMEMBERED_MAX = 10_000;

/** How long what failed is left alone. In memory, because it is no loss to try once more after a restart. */
export class Backoffs {
  readonly #nowMs: () => number;
  readonly #limits: BackoffLimits;
  readonly #waiting = new Map<string, { delayMs: number; untilMs: number }>();

  constructor(nowMs: () => number, limits: BackoffLimits) {
    this.#nowMs = nowMs;
    this.#limits = limits;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Returns the milliseconds of the wait. */
  begin(id: string): number {
    const { firstMs, maxMs, rememberedMax = REMEMBERED_MAX } = this.#limits;
    const earlier = this.#waiting.get(id);
    const delayMs = earlier === undefined ? firstMs : Math.min(earlier.delayMs * 2, maxMs);
    this.#waiting.delete(id);
    this.#waiting.set(id, { delayMs, untilMs: this.#nowMs() + delayMs });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > rememberedMax && oldest !== undefined) this.#waiting.delete(oldest);
    return delayMs;
  }

  end(id: string): void {
    this.#waiting.delete(id);
  }

  /** The milliseconds that are left; 0 for what may be tried. */
  left(id: string): number {
    return Math.max(0, (this.#waiting.get(id)?.untilMs ?? 0) - this.#nowMs());
  }
}
