import {
  InvalidConstraintError,
  constraintMatches,
  parseConstraint,
  parseGrantPattern,
  patternCovers,
  vendorOf,
} from "../../composer/index.ts";
import type { Constraint, GrantPattern, Stability } from "../../composer/index.ts";
import { trueEnd } from "./grace.ts";
import type { GrantRow } from "./grant-queries.ts";

/** Stored for a token that an unbounded management token made without naming prefixes; never accepted as input. */
export const EVERYTHING_PATTERN = "*";

/** A grant, ready to be asked thousands of times a second. */
export interface Grant {
  /** {@link EVERYTHING_PATTERN}: whatever is hosted. */
  pattern: GrantPattern | typeof EVERYTHING_PATTERN;
  vendor: string;
  constraint: Constraint | undefined;
  stability: Stability | undefined;
  updatesUntil: number | null;
  startsAt: number | null;
  /** As it was told. */
  expiresAt: number | null;
  /** When it really ends, after its days of grace. */
  endsAt: number | null;
  revokedAt: number | null;
  suspendedAt: number | null;
  /** The same text means the same versions: views are shared between tokens by it. "" lets every version through. */
  rule: string;
}

/** What decides whether a grant lets a version through. */
export interface GrantedVersion {
  versionNormalized: string;
  stability: Stability;
  releasedAt: number;
}

/**
 * What a set of grants says of one hosted package, now.
 * - `unknown`: of its vendor this token has nothing at all;
 * - `not_covered`: the same vendor, but not bought;
 * - `lapsed`: it was covered once, until `endedAt`;
 * - `suspended`: it is covered, but that is suspended;
 * - `full`, `partial`: covered; partial by the versions that one of `grants` lets through.
 */
export type PackageAccess =
  | { kind: "unknown" }
  | { kind: "not_covered" }
  | { kind: "lapsed"; endedAt: number }
  | { kind: "suspended" }
  | { kind: "full" }
  | { kind: "partial"; grants: Grant[]; rule: string };

const STABILITY_RANK: Record<Stability, number> = { stable: 0, RC: 5, beta: 10, alpha: 15, dev: 20 };

/** No version fulfils it. */
const NOTHING: Constraint = { kind: "one-of", constraints: [] };

/** Reads a pattern that was validated when it was stored. */
export function readStoredPattern(stored: string): GrantPattern | typeof EVERYTHING_PATTERN {
  if (stored === EVERYTHING_PATTERN) return EVERYTHING_PATTERN;
  const parsed = parseGrantPattern(stored);
  if (!parsed.ok) throw new Error(`the stored pattern ${stored} is not readable: ${parsed.reason}`);
  return parsed.value;
}

/**
 * Reads a stored grant. What cannot be read any more lets nothing through, never more than was sold, and does not
 * take the token's other grants down with it: undefined when not even the pattern is readable.
 */
export function compileGrant(row: GrantRow): Grant | undefined {
  const parsed = row.package_pattern === EVERYTHING_PATTERN ? undefined : parseGrantPattern(row.package_pattern);
  if (parsed?.ok === false) return undefined;
  const pattern = parsed?.value ?? EVERYTHING_PATTERN;
  const isUnlimited = row.version_constraint === null && row.stability === null && row.updates_until === null;
  const isKnownStability = row.stability === null || Object.hasOwn(STABILITY_RANK, row.stability);
  return {
    pattern,
    vendor: pattern === EVERYTHING_PATTERN ? EVERYTHING_PATTERN : vendorOf(pattern.value),
    // Of what is over nobody asks which versions it let through.
    constraint: isKnownStability && row.revoked_at === null ? readConstraint(row.version_constraint) : NOTHING,
    stability: row.stability === null || !isKnownStability ? undefined : (row.stability as Stability),
    updatesUntil: row.updates_until,
    startsAt: row.starts_at,
    expiresAt: row.expires_at,
    endsAt: trueEnd(row.expires_at, row.grace_days),
    revokedAt: row.revoked_at,
    suspendedAt: row.suspended_at,
    rule: isUnlimited ? "" : JSON.stringify([row.version_constraint, row.stability, row.updates_until]),
  };
}

function readConstraint(text: string | null): Constraint | undefined {
  if (text === null) return undefined;
  try {
    return parseConstraint(text);
  } catch (error) {
    if (error instanceof InvalidConstraintError) return NOTHING;
    throw error;
  }
}

/** Why a grant that is in force and covers the package lets a version not through. */
export type FailingRule = "released_after_updates_until" | "stability_excludes" | "constraint_excludes";

/** When the grant ceased to be in force; undefined while it is, or before it starts. */
export function endedAt(grant: Grant, now: number): number | undefined {
  if (grant.revokedAt !== null) return grant.revokedAt;
  return grant.endsAt !== null && grant.endsAt <= now ? grant.endsAt : undefined;
}

/** Whether it lets anything through now; {@link endedAt} tells one that starts later from one that is over. */
export function isInForce(grant: Grant, now: number): boolean {
  return grant.suspendedAt === null && isDue(grant, now);
}

/** Whether its time is now, suspended or not. */
function isDue(grant: Grant, now: number): boolean {
  return endedAt(grant, now) === undefined && (grant.startsAt === null || grant.startsAt <= now);
}

/**
 * The one rule of access: the union of the grants in force; what is suspended is told before what ended. Asked for p2,
 * for dist and for lists alike.
 */
export function accessTo(grants: readonly Grant[], packageName: string, now: number): PackageAccess {
  const vendor = vendorOf(packageName);
  let ofVendor = false;
  let lapsedAt: number | undefined;
  let isSuspended = false;
  const covering: Grant[] = [];
  for (const grant of grants) {
    if (grant.vendor !== vendor && grant.pattern !== EVERYTHING_PATTERN) continue;
    ofVendor = true;
    if (grant.pattern !== EVERYTHING_PATTERN && !patternCovers(grant.pattern, packageName)) continue;
    if (isInForce(grant, now)) {
      if (grant.rule === "") return { kind: "full" };
      covering.push(grant);
    } else if (isDue(grant, now)) {
      isSuspended = true;
    } else {
      const ended = endedAt(grant, now);
      if (ended !== undefined) lapsedAt = Math.max(lapsedAt ?? 0, ended);
    }
  }
  if (covering.length > 0) return { kind: "partial", grants: covering, rule: ruleOf(covering) };
  if (isSuspended) return { kind: "suspended" };
  if (lapsedAt !== undefined) return { kind: "lapsed", endedAt: lapsedAt };
  return ofVendor ? { kind: "not_covered" } : { kind: "unknown" };
}

function ruleOf(grants: Grant[]): string {
  return [...new Set(grants.map((grant) => grant.rule))].sort().join("|");
}

/** Of the rules of a grant in force the first that this version does not keep; undefined when it lets it through. */
export function failingRule(grant: Grant, version: GrantedVersion): FailingRule | undefined {
  if (grant.updatesUntil !== null && version.releasedAt > grant.updatesUntil) return "released_after_updates_until";
  if (grant.stability !== undefined && STABILITY_RANK[version.stability] > STABILITY_RANK[grant.stability])
    return "stability_excludes";
  const isExcluded = grant.constraint !== undefined && !constraintMatches(grant.constraint, version.versionNormalized);
  return isExcluded ? "constraint_excludes" : undefined;
}

/** Whether a grant in force lets this version through; constraint, stability and `updates_until` must all agree. */
export function letsThrough(grant: Grant, version: GrantedVersion): boolean {
  return failingRule(grant, version) === undefined;
}

/** Whether this access opens anything of the package, if only the versions that its grants let through. */
export function opensPackage({ kind }: PackageAccess): boolean {
  return kind === "full" || kind === "partial";
}

/** Whether this access opens this version. */
export function opensVersion(access: PackageAccess, version: GrantedVersion): boolean {
  if (access.kind === "full") return true;
  return access.kind === "partial" && access.grants.some((grant) => letsThrough(grant, version));
}
