import { formatGrantPattern, parseGrantPattern, patternCoversPattern } from "../../composer/index.ts";
import { newId } from "../../platform/crypto/ids.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { EVERYTHING_PATTERN, readStoredPattern } from "./access.ts";
import { insertGrants, listGrantsOfToken, revokeGrants } from "./grant-queries.ts";
import type { GrantRow } from "./grant-queries.ts";

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

/** The prefixes a token has now, from its own grants, in the order they were given. */
export function currentPatterns(grants: readonly GrantRow[]): string[] {
  return grants
    .filter((grant) => grant.revoked_at === null)
    .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
    .map((grant) => grant.package_pattern);
}

/** Gives a token its grants, or changes them: what is missing in `patterns` lapses, its row stays. */
export async function setTokenPatterns(db: Db, token: string, patterns: readonly string[], now: number): Promise<void> {
  const existing = await listGrantsOfToken(db, token);
  const kept = new Set(currentPatterns(existing));
  const wanted = new Set(patterns);
  await revokeGrants(
    db,
    existing
      .filter((grant) => grant.revoked_at === null && !wanted.has(grant.package_pattern))
      .map((grant) => grant.id),
    now,
  );
  const added = patterns.filter((pattern) => !kept.has(pattern));
  // Sorted ids keep the order of one request; the database's own order of text depends on its locale.
  const ids = added.map(() => newId("grant")).sort();
  await insertGrants(
    db,
    added.map((pattern, index) => ({
      id: ids[index] ?? newId("grant"),
      token,
      customer: null,
      package_pattern: pattern,
      version_constraint: null,
      stability: null,
      updates_until: null,
      starts_at: null,
      expires_at: null,
      order_id: null,
      line: null,
      occurred_at: null,
      created_at: now,
      updated_at: now,
      revoked_at: null,
    })),
  );
}
