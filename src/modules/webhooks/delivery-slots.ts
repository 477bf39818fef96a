import { fewestFirst } from "../../platform/fewest-first.ts";

/** How many attempts an instance has under way at a time. */
const AT_ONCE = 64;
const AT_ONCE_PER_SHOP = 8;
const AT_ONCE_PER_WEBHOOK = 4;
/** Of receivers that were slow the last time: what hangs takes turns with what hangs. */
const SLOW_AT_ONCE = 16;
const SLOW_AT_ONCE_PER_SHOP = 4;
const SLOW_MS = 5_000;
/** So many webhooks are remembered; who is forgotten begins anew. */
const REMEMBERED_MAX = 10_000;

/** A webhook for which something is due. */
export interface DueWebhook {
  readonly id: string;
  readonly shop: string;
}

/** A webhook as its last attempts were. One that has not answered yet gets one message at a time. */
interface Known {
  shop: string;
  pace: "unknown" | "quick" | "slow";
  running: number;
  /** When it was last its turn, as a number that grows. */
  turn: number;
}

/**
 * Who is sent to next. An attempt can take half a minute, and nobody knows before how long, so a place is shared out by
 * shop first and by webhook then: whoever has fewest attempts under way, and of those who waited longest.
 */
export class DeliverySlots {
  readonly #known = new Map<string, Known>();
  #turn = 0;

  /** Whose turn it is of those for whom something is due; undefined when all places that they may have are taken. */
  choose(due: Iterable<DueWebhook>): DueWebhook | undefined {
    const { all, ofShop, slow, slowOfShop } = this.#count();
    if (all >= AT_ONCE) return undefined;
    return fewestFirst(due, (webhook) => {
      const { pace, running, turn } = this.#of(webhook);
      const inShop = ofShop.get(webhook.shop) ?? 0;
      if (inShop >= AT_ONCE_PER_SHOP || running >= (pace === "quick" ? AT_ONCE_PER_WEBHOOK : 1)) return undefined;
      const slowInShop = slowOfShop.get(webhook.shop) ?? 0;
      if (pace === "slow" && (slow >= SLOW_AT_ONCE || slowInShop >= SLOW_AT_ONCE_PER_SHOP)) return undefined;
      return [inShop, running, turn];
    });
  }

  /** Takes a place. */
  begin(webhook: DueWebhook): void {
    const known = this.#of(webhook);
    known.running++;
    known.turn = ++this.#turn;
    this.#known.set(webhook.id, known);
  }

  /** Gives it back; `took` is undefined where nothing was learnt of the receiver. */
  end(webhook: DueWebhook, took: { ms: number; timedOut: boolean } | undefined): void {
    const known = this.#of(webhook);
    known.running--;
    if (took !== undefined) known.pace = took.timedOut || took.ms >= SLOW_MS ? "slow" : "quick";
    if (this.#known.size > REMEMBERED_MAX) this.#forget();
  }

  /** Attempts under way. */
  #count() {
    const counts = { all: 0, slow: 0, ofShop: new Map<string, number>(), slowOfShop: new Map<string, number>() };
    const add = (to: Map<string, number>, shop: string, running: number) => to.set(shop, (to.get(shop) ?? 0) + running);
    for (const { shop, pace, running } of this.#known.values()) {
      if (running === 0) continue;
      counts.all += running;
      add(counts.ofShop, shop, running);
      if (pace !== "slow") continue;
      counts.slow += running;
      add(counts.slowOfShop, shop, running);
    }
    return counts;
  }

  #of({ id, shop }: DueWebhook): Known {
    return this.#known.get(id) ?? { shop, pace: "unknown", running: 0, turn: 0 };
  }

  #forget(): void {
    for (const [id, { running }] of this.#known) if (running === 0) this.#known.delete(id);
  }
}
