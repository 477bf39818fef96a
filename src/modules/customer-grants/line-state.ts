import { patternsOutsideBound } from "../grants/index.ts";

/** What was sold with one line of an order. */
export interface GrantTerms {
  /** Canonical and sorted. */
  patterns: string[];
  constraint: string | null;
  stability: string | null;
  updatesUntil: number | null;
  startsAt: number | null;
  expiresAt: number | null;
  withDependencies: boolean;
}

/** A purchase, a renewal or a change: it replaces what was granted before. */
export interface Purchase {
  /** When it happened in the shop. */
  at: number;
  /** The same towards what was told within a bound: later where that had a clock that is ahead, and this has no time. */
  since: number;
  /** The shop named no time: it is what we know last, whatever else that second brought. */
  isByReceipt: boolean;
  terms: GrantTerms;
  /** Packages granted along with it, as they were required then. */
  dependencies: string[];
  /** The package bound of whoever told it; null: none. */
  within: readonly string[] | null;
  /** The latest one that was told without a bound, where a bounded one is in force in its place. */
  beneath: Purchase | null;
}

/** A cancellation. What lies outside of the package bound of whoever told it does not exist for it. */
export interface Cancellation {
  /** When it happened in the shop. */
  at: number;
  /** null: no bound. */
  within: readonly string[] | null;
}

/** The cancellations of a line, of its order, or of its customer. */
export interface Cancellations {
  /** Earliest first. */
  revocations: Cancellation[];
  /** Those that keep what was released by then, earliest first. */
  releases: Cancellation[];
}

/** All that is remembered of a line: the state follows from it, in whatever order it came to be known. */
export interface LineRecord extends Cancellations {
  purchase: Purchase | null;
}

/** How it stands with a line. */
export type Standing =
  | { kind: "granted"; purchase: Purchase }
  /** Only what was released by `at` stays, for ever. */
  | { kind: "released"; purchase: Purchase | null; at: number }
  | { kind: "revoked"; purchase: Purchase | null; at: number }
  /** Nothing is known of it. */
  | { kind: "unknown"; purchase: null };

export const UNKNOWN_LINE: LineRecord = { purchase: null, revocations: [], releases: [] };

/** Far more than anybody cancels one line within one bound; of more the earliest and the latest count. */
const CANCELLATIONS_MAX = 100;

/**
 * The state of a line, by when things happened and not by when they were told: the latest purchase, unless it was
 * cancelled at that time or later. A cancellation that takes everything wins over one that keeps something; of several
 * of a kind the first since the purchase counts, so that a repeated one changes nothing.
 */
export function standingOf(record: LineRecord, ofOrderAndCustomer: readonly Cancellations[]): Standing {
  const { purchase } = record;
  const levels = [record, ...ofOrderAndCustomer];
  const counting = (all: Cancellation[]) =>
    all.filter((one) => purchase === null || (isSince(one, purchase) && concerns(one, purchase))).map(({ at }) => at);
  const revocations = counting(levels.flatMap((level) => level.revocations));
  if (revocations.length > 0) return { kind: "revoked", purchase, at: Math.min(...revocations) };
  const releases = counting(levels.flatMap((level) => level.releases));
  if (releases.length > 0) return { kind: "released", purchase, at: Math.min(...releases) };
  return purchase === null ? { kind: "unknown", purchase } : { kind: "granted", purchase };
}

/** Whether what was sold exists for whoever has this bound; what is granted along is a part of it. */
export function isWithin({ terms, dependencies }: Purchase, bound: readonly string[] | null): boolean {
  return bound === null || patternsOutsideBound([...terms.patterns, ...dependencies], bound).length === 0;
}

function isSince({ at, within }: Cancellation, purchase: Purchase): boolean {
  return at >= (within === null ? purchase.at : purchase.since);
}

/** Whether a cancellation is about what was sold, whenever that was. */
export function concerns({ within }: Cancellation, purchase: Purchase): boolean {
  return isWithin(purchase, within);
}

/**
 * What a line sold after one purchase more; undefined where a newer one of the same kind is known. What was told
 * within a bound gives way to what lies outside of it, whenever that happened: what is known to nobody without that
 * bound is as if nothing had been told within it. So the latest one without a bound is remembered beneath.
 */
export function withPurchase(known: Purchase | null, incoming: Purchase): Purchase | undefined {
  if (incoming.within !== null) {
    if (!supersedes(incoming, known?.within === null ? { ...known, at: known.since } : known)) return undefined;
    return { ...incoming, beneath: known?.within === null ? known : (known?.beneath ?? null) };
  }
  if (!supersedes(incoming, told(known))) return undefined;
  const bound = known?.within ?? null;
  if (known === null || bound === null || !isWithin(incoming, bound)) return incoming;
  return supersedes({ ...incoming, at: incoming.since }, known) ? incoming : { ...known, beneath: incoming };
}

/** The latest purchase that was told without a bound. */
export function told(known: Purchase | null): Purchase | null {
  const bound = known?.within ?? null;
  return bound === null ? known : (known?.beneath ?? null);
}

/** Whether a purchase replaces the one that is known. Of two different ones of one second the same always wins. */
export function supersedes(incoming: Purchase, known: Purchase | null): boolean {
  if (incoming.at !== known?.at) return incoming.at > (known?.at ?? -1);
  if (incoming.isByReceipt || known.isByReceipt) return incoming.isByReceipt;
  return textOf(incoming.terms) > textOf(known.terms);
}

export function isSameTerms(a: GrantTerms, b: GrantTerms): boolean {
  return textOf(a) === textOf(b);
}

function textOf(terms: GrantTerms): string {
  const { patterns, constraint, stability, updatesUntil, startsAt, expiresAt, withDependencies } = terms;
  return JSON.stringify([patterns, constraint, stability, updatesUntil, startsAt, expiresAt, withDependencies]);
}

/**
 * What a cancellation of these lines comes to. Without a time of its own it is the newest we know, also when the clock
 * of a purchase was ahead; of one that was told within a bound nothing else is cancelled by that clock.
 */
export function cancellationsOf(
  within: Cancellation["within"],
  occurredAt: number | undefined,
  now: number,
  lines: readonly LineRecord[],
): [Cancellation, ...Cancellation[]] {
  if (occurredAt !== undefined) return [{ at: occurredAt, within }];
  const purchases = lines.flatMap(({ purchase }) => purchase ?? []);
  if (within !== null) return [{ at: Math.max(now, ...purchases.map(({ since }) => since)), within }];
  const at = Math.max(now, ...purchases.map((purchase) => told(purchase)?.at ?? 0));
  const ahead = purchases.filter((one) => one.within !== null && one.at > at);
  return [{ at, within }, ...ahead.map((one) => ({ at: one.at, within: one.within }))];
}

/** With one cancellation more. */
export function withCancellation<C extends Cancellations>(
  known: C,
  kind: "revoke" | "release",
  cancellation: Cancellation,
): C {
  const name = kind === "revoke" ? "revocations" : "releases";
  const boundOf = ({ within }: Cancellation) => JSON.stringify(within);
  const isAlike = (one: Cancellation) => boundOf(one) === boundOf(cancellation);
  const alike = known[name].filter((one) => isAlike(one) && one.at !== cancellation.at);
  alike.push(cancellation);
  alike.sort((a, b) => a.at - b.at);
  // Nobody with a bound pushes out what others told.
  if (alike.length > CANCELLATIONS_MAX) alike.splice(-2, 1);
  const all = [...known[name].filter((one) => !isAlike(one)), ...alike];
  return { ...known, [name]: all.sort((a, b) => a.at - b.at || (boundOf(a) < boundOf(b) ? -1 : 1)) };
}

/** The terms as they are in force: after a cancellation that keeps something, without an end, and of what there was by then. */
export function effectiveTerms({ terms }: Purchase, releasedAt: number | null): GrantTerms {
  if (releasedAt === null) return terms;
  const ends = [terms.updatesUntil, terms.expiresAt, releasedAt].filter((end) => end !== null);
  return { ...terms, updatesUntil: Math.min(...ends), expiresAt: null };
}
