import type { Db } from "../../schema.ts";
import type { GrantRow } from "../grants/index.ts";
import { boundKey, effectiveTerms, standingOf } from "./line-state.ts";
import type { Bound, LineHistory, Purchase, Standing } from "./line-state.ts";
import { addGrantsOfRecord, deleteGrants, listGrantsOfRecord, updateGrant } from "./line-queries.ts";
import type { GrantFacts, LineKey } from "./line-queries.ts";

/** How much of what a line no longer grants is remembered; who asks for older things is told that they are unknown. */
const ENDED_MAX = 500;
const JUST_NOW = Number.MAX_SAFE_INTEGER;

/** A purchase that was overtaken before it arrived: what it sold ends as if it had come in time. */
export interface Overtaken {
  bound: Bound;
  patterns: readonly string[];
}

/** Makes the rows of `grants` what the standings of a line's records say. */
export async function writeLine(
  db: Db,
  key: LineKey,
  history: LineHistory,
  now: number,
  overtaken?: Overtaken,
): Promise<void> {
  for (const record of history.line) {
    const standing = standingOf(record, history);
    if (standing.purchase === null) continue;
    const isOvertaken = overtaken !== undefined && boundKey(overtaken.bound) === boundKey(record.bound);
    const facts = factsOf(standing, standing.purchase, isOvertaken ? overtaken.patterns : []);
    await writeRecord(db, key, record.bound, facts, standing.purchase.at, now);
  }
}

/**
 * One row for each pattern the record ever had, up to a limit: what is granted no more is marked as ended, by the
 * purchase that replaced it, so that its holder is told so.
 */
async function writeRecord(
  db: Db,
  key: LineKey,
  bound: Bound,
  facts: readonly GrantFacts[],
  replacedAt: number,
  now: number,
): Promise<void> {
  const existing = new Map((await listGrantsOfRecord(db, key, bound)).map((row) => [row.package_pattern, row]));
  const wanted = new Map(facts.map((one) => [one.package_pattern, one]));
  for (const [pattern, row] of existing) {
    const change = wanted.get(pattern);
    if (change === undefined) {
      if (row.revoked_at === null) await updateGrant(db, row.id, { revoked_at: replacedAt }, now);
    } else if (!isAsWanted(row, change)) {
      await updateGrant(db, row.id, change, now);
    }
  }
  const added = facts.filter((one) => !existing.has(one.package_pattern));
  await addGrantsOfRecord(db, key, bound, added, now);
  const ended = [...existing.values()].filter((row) => !wanted.has(row.package_pattern));
  if (ended.length <= ENDED_MAX) return;
  // What ended just now was in force when it was read.
  const latestFirst = ended.sort((a, b) => (b.revoked_at ?? JUST_NOW) - (a.revoked_at ?? JUST_NOW));
  await deleteGrants(
    db,
    latestFirst.slice(ENDED_MAX).map(({ id }) => id),
  );
}

function endOf(standing: Standing): number | null {
  return standing.kind === "revoked" || standing.kind === "replaced" ? standing.at : null;
}

function isAsWanted(row: GrantRow, facts: GrantFacts): boolean {
  return Object.entries(facts).every(([name, value]) => row[name as keyof GrantFacts] === value);
}

function factsOf(standing: Standing, purchase: Purchase, neverInForce: readonly string[]): GrantFacts[] {
  const ofRow = factsOfRow(standing, purchase);
  const isGranted = new Set([...purchase.terms.patterns, ...purchase.dependencies]);
  return [
    ...purchase.terms.patterns.map((pattern) => ({ ...ofRow, package_pattern: pattern, is_dependency: 0 })),
    // The constraint is about the versions of what was sold; a requirement is of whatever version that asks for.
    ...purchase.dependencies.map((name) => ({
      ...{ ...ofRow, version_constraint: null, package_pattern: name, is_dependency: 1 },
    })),
    ...neverInForce
      .filter((pattern) => !isGranted.has(pattern))
      .map((pattern) => ({ ...ofRow, package_pattern: pattern, is_dependency: 0, revoked_at: purchase.at })),
  ];
}

function factsOfRow(standing: Standing, purchase: Purchase): Omit<GrantFacts, "package_pattern" | "is_dependency"> {
  const terms = effectiveTerms(purchase, standing.kind === "released" ? standing.at : null);
  return {
    version_constraint: terms.constraint,
    stability: terms.stability,
    updates_until: terms.updatesUntil,
    starts_at: terms.startsAt,
    expires_at: terms.expiresAt,
    grace_days: terms.graceDays,
    occurred_at: purchase.at,
    revoked_at: endOf(standing),
    suspended_at: standing.suspendedAt,
  };
}
