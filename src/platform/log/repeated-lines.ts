import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { nowSeconds } from "../clock.ts";

const REPEATED_SECONDS = 60;
const KINDS_MAX = 10_000;
/** Of one subject, such as an address: what comes past them is counted under the subject alone. */
const KINDS_OF_SUBJECT_MAX = 20;

interface Written {
  since: number;
  /** How many came since that were not written. */
  count: number;
  facts: object;
}

/** What makes two lines the same: who it is about, and what beside that varies. */
export interface LineKind {
  subject: string;
  detail: string;
}

/**
 * Log lines that anybody can cause, as often as they like: the first of a kind is written, then one a minute with how
 * many were left out (`repeated`). Whoever varies the detail, such as the path, gets {@link KINDS_OF_SUBJECT_MAX} lines
 * a minute.
 */
export class RepeatedLines {
  readonly #clock: Clock;
  readonly #write: (facts: object) => void;
  readonly #written: LRUCache<string, Written>;
  readonly #details: LRUCache<string, { since: number; kinds: number }>;
  #sweptAt = 0;

  constructor(clock: Clock, write: (facts: object) => void, kindsMax = KINDS_MAX) {
    this.#clock = clock;
    this.#write = write;
    this.#written = new LRUCache({
      max: kindsMax,
      dispose: (left, _key, why) => why === "evict" && this.#settle(left),
    });
    this.#details = new LRUCache({ max: kindsMax });
  }

  add(kind: LineKind, facts: object): void {
    const now = nowSeconds(this.#clock);
    const key = this.#keyOf(kind, now);
    const before = this.#written.get(key);
    if (before !== undefined && now - before.since < REPEATED_SECONDS) {
      before.count++;
      return;
    }
    this.#write(before === undefined || before.count === 0 ? facts : { ...facts, repeated: before.count });
    this.#written.set(key, { since: now, count: 0, facts });
    this.#sweep(now);
  }

  #keyOf({ subject, detail }: LineKind, now: number): string {
    const known = this.#details.get(subject);
    const isNew = known === undefined || now - known.since >= REPEATED_SECONDS;
    const details = isNew ? { since: now, kinds: 0 } : known;
    if (isNew) this.#details.set(subject, details);
    const key = `${subject} ${detail}`;
    if (this.#written.has(key)) return key;
    if (details.kinds >= KINDS_OF_SUBJECT_MAX) return subject;
    details.kinds++;
    return key;
  }

  /** Says of what came no more how often it was. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < REPEATED_SECONDS) return;
    this.#sweptAt = now;
    for (const [key, written] of this.#written.entries()) {
      if (now - written.since < REPEATED_SECONDS) continue;
      this.#settle(written);
      this.#written.delete(key);
    }
  }

  #settle({ count, facts }: Written): void {
    if (count > 0) this.#write({ ...facts, repeated: count });
  }
}
