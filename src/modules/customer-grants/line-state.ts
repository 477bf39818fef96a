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
  /** For how many days after `expiresAt` it goes on. */
  graceDays: number;
  withDependencies: boolean;
}

/** The package bound of whoever tells us something; null: none. */
export type Bound = readonly string[] | null;

/** When something happened, as far as we know. */
export interface Moment {
  /** As the shop told it, or else when we heard of it. */
  at: number;
  /** Grows with everything that is told of a customer. */
  receipt: number;
  /** The shop named no time: it is newer than all that was told before, whatever else that second brought. */
  isByReceipt: boolean;
}

/** A purchase, a renewal or a change: it replaces what was granted before. */
export interface Purchase extends Moment {
  terms: GrantTerms;
  /** Packages granted along with it, as they were required then. */
  dependencies: string[];
}

export type Cancellation = Moment;

/** The cancellations of a line, of its order, or of its customer. */
export interface Cancellations {
  /** Earliest first. */
  revocations: Cancellation[];
  /** Those that keep what was released by then, earliest first. */
  releases: Cancellation[];
}

/**
 * All that those with one bound told of a line, or of its whole order or customer. Its standing follows from it and
 * from what others told, in whatever order that came to be known. What somebody tells changes their own record only.
 */
export interface LineRecord extends Cancellations {
  bound: Bound;
  purchase: Purchase | null;
  suspendedAt: number | null;
}

/** Everything known of a line, by whomever. */
export interface LineHistory {
  line: readonly LineRecord[];
  /** Of its order and its customer. */
  above: readonly LineRecord[];
}

/** How it stands with one record of a line. */
export type Standing = { suspendedAt: number | null } & (
  | { kind: "granted"; purchase: Purchase }
  /** Only what was released by `at` stays, for ever. */
  | { kind: "released"; purchase: Purchase | null; at: number }
  | { kind: "revoked"; purchase: Purchase | null; at: number }
  /** Somebody else sold something else with this line, later, who could have sold this as well. */
  | { kind: "replaced"; purchase: Purchase; at: number }
  /** Nothing is known of it. */
  | { kind: "unknown"; purchase: null }
);

/** Far more than anybody cancels one line within one bound; of more the earliest and the latest count. */
const CANCELLATIONS_MAX = 100;

export function emptyRecord(bound: Bound): LineRecord {
  return { bound, purchase: null, revocations: [], releases: [], suspendedAt: null };
}

/** Names a bound. */
export function boundKey(bound: Bound): string {
  return bound === null ? "" : JSON.stringify([...bound].sort());
}

/** What those with this bound told. */
export function recordOf(records: readonly LineRecord[], bound: Bound): LineRecord {
  const key = boundKey(bound);
  return records.find((one) => boundKey(one.bound) === key) ?? emptyRecord(bound);
}

/** The records with this one in the place of what those with its bound told before. */
export function withRecord(records: readonly LineRecord[], record: LineRecord): LineRecord[] {
  const key = boundKey(record.bound);
  return [...records.filter((one) => boundKey(one.bound) !== key), record];
}

/** Whether all of what was sold, and of what is granted along with it, lies within a bound. */
export function covers(bound: Bound, { terms, dependencies }: Purchase): boolean {
  return bound === null || patternsOutsideBound([...terms.patterns, ...dependencies], bound).length === 0;
}

/** Whether whoever has the one bound can do nothing that whoever has the other cannot. */
export function isBoundWithin(bound: Bound, other: Bound): boolean {
  return other === null || (bound !== null && patternsOutsideBound(bound, other).length === 0);
}

/**
 * The standing of one record, by when things happened and not by when they were told: its latest purchase, unless that
 * was cancelled at that time or later, or replaced later by another, by somebody whose bound covers it. A cancellation
 * that takes everything wins over one that keeps something; of several of a kind the first since the purchase counts,
 * so that a repeated one changes nothing.
 */
export function standingOf(record: LineRecord, { line, above }: LineHistory): Standing {
  const { purchase } = record;
  const concerns = ({ bound }: LineRecord) =>
    purchase === null ? bound === null || boundKey(bound) === boundKey(record.bound) : covers(bound, purchase);
  const concerning = [...line, ...above].filter(concerns);
  const suspendedAt = earliest(concerning.flatMap((one) => one.suspendedAt ?? []));
  const isEnding = (one: Cancellation) => purchase === null || !isAfter(purchase, one);
  const timesOf = (all: Cancellation[]) => earliest(all.filter(isEnding).map(({ at }) => at));
  const revokedAt = timesOf(concerning.flatMap(({ revocations }) => revocations));
  const replacedAt = purchase && replacementOf(purchase, line.filter(concerns));
  if (purchase !== null && replacedAt !== null && (revokedAt === null || replacedAt < revokedAt)) {
    return { kind: "replaced", purchase, at: replacedAt, suspendedAt };
  }
  if (revokedAt !== null) return { kind: "revoked", purchase, at: revokedAt, suspendedAt };
  const releasedAt = timesOf(concerning.flatMap(({ releases }) => releases));
  if (releasedAt !== null) return { kind: "released", purchase, at: releasedAt, suspendedAt };
  return purchase === null ? { kind: "unknown", purchase, suspendedAt } : { kind: "granted", purchase, suspendedAt };
}

function replacementOf(purchase: Purchase, concerning: readonly LineRecord[]): number | null {
  const others = concerning.flatMap((one) => one.purchase ?? []).filter((one) => isAfter(one, purchase));
  return earliest(others.map(({ at }) => at));
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times);
}

/** Whether one thing happened after another; of the same second neither did, unless it has no time of its own. */
function isAfter(one: Moment, other: Moment): boolean {
  if (one.receipt !== other.receipt) {
    const [first, last] = one.receipt < other.receipt ? [one, other] : [other, one];
    if (last.isByReceipt) return one !== first;
  }
  return one.at > other.at;
}

/**
 * What a record sold after one purchase more, which is `known` itself where that changes nothing. Of two that the shop
 * told for one second neither can be said to be the newer one, so both count, whichever came first.
 */
export function withPurchase(known: Purchase | null, incoming: Purchase): Purchase {
  if (known === null || isAfter(incoming, known)) return incoming;
  const isOfOneSecond = incoming.at === known.at && !incoming.isByReceipt && !known.isByReceipt;
  if (!isOfOneSecond) return known;
  const both = bothOf(known, incoming);
  return isSameSale(both, known) ? known : both;
}

/** What either of two purchases grants. */
function bothOf(a: Purchase, b: Purchase): Purchase {
  return {
    ...a,
    terms: {
      patterns: unionOf(a.terms.patterns, b.terms.patterns),
      constraint: eitherConstraint(a.terms.constraint, b.terms.constraint),
      stability: lessStable(a.terms.stability, b.terms.stability),
      updatesUntil: latest(a.terms.updatesUntil, b.terms.updatesUntil),
      startsAt:
        a.terms.startsAt === null || b.terms.startsAt === null ? null : Math.min(a.terms.startsAt, b.terms.startsAt),
      expiresAt: latest(a.terms.expiresAt, b.terms.expiresAt),
      graceDays: Math.max(a.terms.graceDays, b.terms.graceDays),
      withDependencies: a.terms.withDependencies || b.terms.withDependencies,
    },
    dependencies: unionOf(a.dependencies, b.dependencies),
  };
}

function unionOf(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}

/** null: no end. */
function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

/** null: every version. */
function eitherConstraint(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return null;
  if (a === b) return a;
  const alternatives = [a, b].flatMap((text) => text.split(/\|\|?/)).map((text) => text.trim());
  return unionOf(alternatives, []).join(" || ");
}

const FROM_STABLE = ["stable", "RC", "beta", "alpha", "dev"];

/** null: every stability. */
function lessStable(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return null;
  return FROM_STABLE.indexOf(a) > FROM_STABLE.indexOf(b) ? a : b;
}

/** Whether two purchases are one that was told twice. */
export function isSameSale(a: Purchase, b: Purchase): boolean {
  return a.at === b.at && isSameTerms(a.terms, b.terms);
}

function isSameTerms(a: GrantTerms, b: GrantTerms): boolean {
  const names = Object.keys(a) as (keyof GrantTerms)[];
  return names.every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
}

/** With one cancellation more; the same record where it was told before. */
export function withCancellation(
  known: LineRecord,
  kind: "revoke" | "release",
  cancellation: Cancellation,
): LineRecord {
  const name = kind === "revoke" ? "revocations" : "releases";
  if (known[name].some((one) => isRepetition(cancellation, one))) return known;
  const all = [...known[name], cancellation].sort((a, b) => a.at - b.at || a.receipt - b.receipt);
  if (all.length > CANCELLATIONS_MAX) all.splice(all.at(-2) === cancellation ? -3 : -2, 1);
  return { ...known, [name]: all };
}

/** Without a time of its own it is one only where nothing was told in between. */
function isRepetition(incoming: Cancellation, known: Cancellation): boolean {
  if (incoming.at !== known.at || incoming.isByReceipt !== known.isByReceipt) return false;
  return !incoming.isByReceipt || incoming.receipt === known.receipt + 1;
}

/** Without what was cancelled since then; the same record where that was nothing. */
export function withoutCancellationsSince(known: LineRecord, receipt: number): LineRecord {
  if (!hasCancellationsSince(known, receipt)) return known;
  const isOlder = (one: Cancellation) => one.receipt <= receipt;
  return { ...known, revocations: known.revocations.filter(isOlder), releases: known.releases.filter(isOlder) };
}

export function hasCancellationsSince({ revocations, releases }: LineRecord, receipt: number): boolean {
  return [...revocations, ...releases].some((one) => one.receipt > receipt);
}

/** The terms as they are in force: after a cancellation that keeps something, without an end, and of what there was by then. */
export function effectiveTerms({ terms }: Purchase, releasedAt: number | null): GrantTerms {
  if (releasedAt === null) return terms;
  const ends = [terms.updatesUntil, terms.expiresAt, releasedAt].filter((end) => end !== null);
  return { ...terms, updatesUntil: Math.min(...ends), expiresAt: null };
}
