/** What is sold in the storm. Absent fields grant everything of the package. */
export interface SoldTerms {
  package: string;
  updates_until?: number;
}

/** Something that happened in the shop to one line of an order; `revoke` also to the whole order. */
export type LineEvent =
  { kind: "grant"; at: number; terms: SoldTerms } | { kind: "revoke"; at: number; ofWholeOrder: boolean };

/** How the shop keeps a purchase to one token. */
export type TokenRule = "key and unique_by" | "key of the order" | "key of the customer" | "setting";

export interface Purchase {
  customerId: string;
  orderId: string;
  email: string;
  rule: TokenRule;
  events: readonly LineEvent[];
}

/** One webhook, as the shop delivers it, again and again until it is answered. */
export interface Delivery {
  purchase: Purchase;
  event: LineEvent;
}

export interface StormPlan {
  purchases: readonly Purchase[];
  /** Every event as often as it is delivered, in no order. */
  deliveries: readonly Delivery[];
}

/** The same numbers for the same seed, from 0 up to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const RULES: readonly TokenRule[] = ["key and unique_by", "key of the order", "key of the customer", "setting"];

/**
 * Sales of a busy shop: some customers buy several times, a third cancels (some in the very second of the purchase,
 * some the whole order), some renew, and some buy again what they cancelled.
 */
export function planStorm(
  random: () => number,
  size: { purchases: number; deliveries: number; now: number },
  terms: readonly SoldTerms[],
): StormPlan {
  const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
  const purchases = Array.from({ length: size.purchases }, (_, index): Purchase => {
    const customer = index % Math.ceil(size.purchases * 0.6);
    const at = size.now - 10_000 + Math.floor(random() * 5_000);
    const events: LineEvent[] = [{ kind: "grant", at, terms: pick(terms) }];
    if (random() < 0.2) events.push({ kind: "grant", at: at + 500, terms: pick(terms) });
    if (index % 3 === 0) {
      const isSameSecond = random() < 0.2;
      const end = Math.max(...events.map((event) => event.at)) + (isSameSecond ? 0 : 1_000);
      events.push({ kind: "revoke", at: end, ofWholeOrder: random() < 0.3 });
      if (random() < 0.2) events.push({ kind: "grant", at: end + 500, terms: pick(terms) });
    }
    return {
      ...{ customerId: `c${customer}`, orderId: `o${index}`, email: `buyer-${customer}@example.com`, events },
      // One rule for a customer: what a key means must not change between two orders.
      rule: RULES[customer % RULES.length] ?? "setting",
    };
  });
  const deliveries = purchases.flatMap((purchase) =>
    purchase.events.flatMap((event) => Array<Delivery>(size.deliveries).fill({ purchase, event })),
  );
  return { purchases, deliveries: shuffled(deliveries, random) };
}

export function shuffled<T>(some: readonly T[], random: () => number): T[] {
  return some
    .map((one) => ({ one, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** What a line grants when everything has arrived: the last word, and at the same second the cancellation's. */
export function endOf({ events }: Purchase): SoldTerms | undefined {
  const bought = events.filter((event) => event.kind === "grant").toSorted((a, b) => b.at - a.at)[0];
  const isCancelled = events.some((event) => event.kind === "revoke" && event.at >= (bought?.at ?? 0));
  return isCancelled ? undefined : bought?.terms;
}

/** Which token a purchase makes, or finds made. */
export function tokenOf({ rule, customerId, orderId }: Purchase): string {
  return rule === "key of the customer" ? `customer ${customerId}` : `order ${orderId}`;
}
