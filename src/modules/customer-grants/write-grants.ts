import type { Db } from "../../schema.ts";
import type { GrantRow } from "../grants/index.ts";
import { effectiveTerms, told } from "./line-state.ts";
import type { Purchase, Standing } from "./line-state.ts";
import { addGrantsOfLine, deleteGrants, listGrantsOfLine, updateGrant } from "./line-queries.ts";
import type { GrantFacts, LineKey } from "./line-queries.ts";

/** How much of what a line no longer grants is remembered; who asks for older things is told that they are unknown. */
const ENDED_MAX = 500;
const JUST_NOW = Number.MAX_SAFE_INTEGER;

/**
 * Makes the rows of `grants` what the standing of their line says, one row for each pattern the line ever had, up
 * to a limit: what is granted no more is marked as ended, so that its holder is told so. `neverInForce` are the patterns of a purchase
 * that was overtaken before it arrived; they end as if it had come in time.
 */
export async function writeGrants(
  db: Db,
  key: LineKey,
  standing: Standing,
  neverInForce: readonly string[],
  now: number,
): Promise<void> {
  const existing = new Map((await listGrantsOfLine(db, key)).map((row) => [row.package_pattern, row]));
  const wanted = new Map(factsOf(standing, neverInForce).map((facts) => [facts.package_pattern, facts]));
  const endedAt = standing.kind === "revoked" ? standing.at : (standing.purchase?.at ?? now);
  for (const [pattern, row] of existing) {
    const facts = wanted.get(pattern);
    if (facts === undefined) {
      if (row.revoked_at === null) await updateGrant(db, row.id, { revoked_at: endedAt }, now);
    } else if (!isAsWanted(row, facts)) {
      await updateGrant(db, row.id, facts, now);
    }
  }
  await addGrantsOfLine(
    db,
    key,
    [...wanted.values()].filter((facts) => !existing.has(facts.package_pattern)),
    now,
  );
  const ended = [...existing.values()].filter((row) => !wanted.has(row.package_pattern));
  if (ended.length <= ENDED_MAX) return;
  // What ended just now was in force when it was read.
  const latestFirst = ended.sort((a, b) => (b.revoked_at ?? JUST_NOW) - (a.revoked_at ?? JUST_NOW));
  await deleteGrants(
    db,
    latestFirst.slice(ENDED_MAX).map(({ id }) => id),
  );
}

function isAsWanted(row: GrantRow, facts: GrantFacts): boolean {
  return Object.entries(facts).every(([name, value]) => row[name as keyof GrantFacts] === value);
}

function factsOf(standing: Standing, neverInForce: readonly string[]): GrantFacts[] {
  const { purchase } = standing;
  if (purchase === null) return [];
  const releasedAt = standing.kind === "released" ? standing.at : null;
  const revokedAt = standing.kind === "revoked" ? standing.at : null;
  const sold = termsOfRow(purchase, releasedAt, revokedAt);
  const overtaking = told(purchase) ?? purchase;
  const isGranted = new Set([...purchase.terms.patterns, ...purchase.dependencies]);
  return [
    ...purchase.terms.patterns.map((pattern) => ({ ...sold, package_pattern: pattern, is_dependency: 0 })),
    // The constraint is about the versions of what was sold; a requirement is of whatever version that asks for.
    ...purchase.dependencies.map((name) => ({
      ...{ ...sold, version_constraint: null, package_pattern: name, is_dependency: 1 },
    })),
    ...neverInForce
      .filter((pattern) => !isGranted.has(pattern))
      .map((pattern) => ({
        ...{ ...termsOfRow(overtaking, releasedAt, null), package_pattern: pattern, is_dependency: 0 },
        revoked_at: revokedAt ?? overtaking.at,
      })),
  ];
}

function termsOfRow(
  purchase: Purchase,
  releasedAt: number | null,
  revokedAt: number | null,
): Omit<GrantFacts, "package_pattern" | "is_dependency"> {
  const terms = effectiveTerms(purchase, releasedAt);
  return {
    version_constraint: terms.constraint,
    stability: terms.stability,
    updates_until: terms.updatesUntil,
    starts_at: terms.startsAt,
    expires_at: terms.expiresAt,
    occurred_at: purchase.at,
    revoked_at: revokedAt,
  };
}
