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
  /** The shop named no time: it is what we know last, whatever else that second brought. */
  isByReceipt: boolean;
  terms: GrantTerms;
  /** Packages granted along with it, as they were required then. */
  dependencies: string[];
}

/** The cancellations of a line, of its order, or of its customer. */
export interface Cancellations {
  /** Earliest first. */
  revocations: number[];
  /** Those that keep what was released by then, earliest first. */
  releases: number[];
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

/** Far more than anybody cancels one line; of more the earliest and the latest count. */
const CANCELLATIONS_MAX = 100;

/**
 * The state of a line, by when things happened and not by when they were told: the latest purchase, unless it was
 * cancelled at that time or later. A cancellation that takes everything wins over one that keeps something; of several
 * of a kind the first since the purchase counts, so that a repeated one changes nothing.
 */
export function standingOf(record: LineRecord, ofOrderAndCustomer: readonly Cancellations[]): Standing {
  const { purchase } = record;
  const levels = [record, ...ofOrderAndCustomer];
  const isSince = (at: number) => purchase === null || at >= purchase.at;
  const revocations = levels.flatMap((level) => level.revocations).filter(isSince);
  if (revocations.length > 0) return { kind: "revoked", purchase, at: Math.min(...revocations) };
  const releases = levels.flatMap((level) => level.releases).filter(isSince);
  if (releases.length > 0) return { kind: "released", purchase, at: Math.min(...releases) };
  return purchase === null ? { kind: "unknown", purchase } : { kind: "granted", purchase };
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

/** With one cancellation more. */
export function withCancellation<C extends Cancellations>(known: C, kind: "revoke" | "release", at: number): C {
  const name = kind === "revoke" ? "revocations" : "releases";
  const times = [...new Set([...known[name], at])].sort((a, b) => a - b);
  if (times.length > CANCELLATIONS_MAX) times.splice(-2, 1);
  return { ...known, [name]: times };
}

/** The terms as they are in force: after a cancellation that keeps something, without an end, and of what there was by then. */
export function effectiveTerms({ terms }: Purchase, releasedAt: number | null): GrantTerms {
  if (releasedAt === null) return terms;
  const ends = [terms.updatesUntil, terms.expiresAt, releasedAt].filter((end) => end !== null);
  return { ...terms, updatesUntil: Math.min(...ends), expiresAt: null };
}
