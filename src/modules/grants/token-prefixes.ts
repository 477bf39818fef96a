import { formatGrantPattern, parseGrantPattern, patternCoversPattern } from "../../composer/index.ts";
import { newId } from "../../platform/crypto/ids.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { EVERYTHING_PATTERN, readStoredPattern } from "./access.ts";
import { insertGrants, listGrantsOfToken, revokeGrants, updateGrant } from "./grant-queries.ts";
import type { GrantRow } from "./grant-queries.ts";
import type { GivenGrants } from "./token-terms.ts";

/**
 * Reads `allowed_package_prefixes` (spec: Token Scoping): canonical, lower-cased, without repetitions, in the order
 * given; or every entry that is wrong, by its pointer.
 */
export function readPatterns(texts: readonly string[], pointer: string): { patterns: string[]; errors: FieldError[] } {
  const patterns = new Set<string>();
  const errors: FieldError[] = [];
  texts.forEach((text, index) => {
    const parsed = parseGrantPattern(text);
    if (parsed.ok) patterns.add(formatGrantPattern(parsed.value));
    else errors.push({ pointer: `${pointer}/${index}`, detail: parsed.reason });
  });
  return { patterns: [...patterns], errors };
}

/** The patterns that reach past a bound (a management token may not hand out more than it was given). */
export function patternsOutsideBound(patterns: readonly string[], bound: readonly string[]): string[] {
  const outer = bound.map(readStoredPattern);
  return patterns.filter((text) => {
    const inner = readStoredPattern(text);
    return !outer.some((within) => isWithin(within, inner));
  });
}

type StoredPattern = ReturnType<typeof readStoredPattern>;

function isWithin(outer: StoredPattern, inner: StoredPattern): boolean {
  if (outer === EVERYTHING_PATTERN) return true;
  return inner !== EVERYTHING_PATTERN && patternCoversPattern(outer, inner);
}

/**
 * Makes the grants of a token what it is given: what is missing lapses, its row stays. The constraint is about the
 * versions of what was sold; what that requires is of whatever version it asks for.
 */
export async function setTokenGrants(db: Db, token: string, given: GivenGrants, now: number): Promise<void> {
  const { terms } = given;
  const sold = { version_constraint: terms.constraint, stability: terms.stability, updates_until: terms.updatesUntil };
  const along = { ...sold, version_constraint: null };
  const isSold = new Set(given.patterns);
  const wanted = new Map<string, GrantFacts>([
    ...given.patterns.map((pattern) => [pattern, { ...sold, is_dependency: 0 }] as const),
    ...given.dependencies
      .filter((name) => !isSold.has(name))
      .map((name) => [name, { ...along, is_dependency: 1 }] as const),
  ]);
  const current = (await listGrantsOfToken(db, token)).filter((grant) => grant.revoked_at === null);
  const lapsed = current.filter((grant) => !wanted.has(grant.package_pattern));
  await revokeGrants(
    db,
    lapsed.map((grant) => grant.id),
    now,
  );
  for (const row of current) {
    const facts = wanted.get(row.package_pattern);
    if (facts !== undefined && !isAsWanted(row, facts)) await updateGrant(db, row.id, { ...facts, updated_at: now });
  }
  const kept = new Set(current.map((grant) => grant.package_pattern));
  const added = [...wanted].filter(([pattern]) => !kept.has(pattern));
  // Sorted ids keep the order of one request; the database's own order of text depends on its locale.
  const ids = added.map(() => newId("grant")).sort();
  await insertGrants(
    db,
    added.map(([pattern, facts], index) => ({
      id: ids[index] ?? newId("grant"),
      token,
      customer: null,
      package_pattern: pattern,
      version_constraint: facts.version_constraint,
      stability: facts.stability,
      updates_until: facts.updates_until,
      starts_at: null,
      expires_at: null,
      order_id: null,
      line: null,
      occurred_at: null,
      created_at: now,
      updated_at: now,
      revoked_at: null,
      is_dependency: facts.is_dependency,
    })),
  );
}

/** What is the token's own is another's from now on; nothing of it ended, and what had ended stays told. */
export async function giveAwayTokenGrants(db: Db, token: string): Promise<void> {
  await db.deleteFrom("grants").where("token", "=", token).where("revoked_at", "is", null).execute();
}

type GrantFacts = Pick<GrantRow, "version_constraint" | "stability" | "updates_until" | "is_dependency">;

function isAsWanted(row: GrantRow, facts: GrantFacts): boolean {
  return Object.entries(facts).every(([name, value]) => row[name as keyof GrantFacts] === value);
}
