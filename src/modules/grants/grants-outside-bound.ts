import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import { parseGrantPattern } from "../../composer/index.ts";
import { patternsOutsideBound } from "./token-prefixes.ts";

/**
 * The condition that a row of `grants` is in a caller's way: not revoked, and outside of its package bound. Whoever
 * holds such a grant does not exist for that caller. Stored patterns are canonical, so a prefix covers exactly the
 * patterns that begin with it.
 */
export function grantsOutsideBound(bound: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`(grants.revoked_at is null and not (${covers(bound, "grants.package_pattern")}))`;
}

/** The same of a row of `token_scopes`. */
export function scopesOutsideBound(bound: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`not (${covers(bound, "token_scopes.package_pattern")})`;
}

/** The condition that a column of stored patterns lies within a bound; null holds everything. */
export function withinBound(bound: readonly string[] | null, column: string): RawBuilder<boolean> {
  return bound === null ? sql<boolean>`1 = 1` : sql<boolean>`(${covers(bound, column)})`;
}

/** The condition that nothing narrows what a token (`tokens.id` in this column) reads of its customer's grants. */
export function isNotNarrowed(column: string): RawBuilder<boolean> {
  return sql<boolean>`not exists (select 1 from token_scopes narrowing where narrowing.token = ${sql.ref(column)})`;
}

function covers(bound: readonly string[], column: string): RawBuilder<unknown> {
  const covering = bound.map((pattern) => {
    const isPrefix = pattern.endsWith("/") || pattern.endsWith("*");
    if (!isPrefix) return sql<boolean>`${sql.ref(column)} = ${pattern}`;
    const start = pattern.replace(/\*$/, "");
    return sql<boolean>`substr(${sql.ref(column)}, 1, ${sql.lit(start.length)}) = ${start}`;
  });
  return sql.join(covering, sql` or `);
}

/**
 * The values of these keys are no packages, whatever they look like: a shop's own ids, branches (`dev-feature/login`),
 * what somebody wrote.
 */
const NO_PACKAGES = new Set([
  ...["renewal_id", "reason"],
  ...["order_id", "line", "customer_id", "shop"],
  ...["constraint", "version_constraint", "version_normalized"],
]);

/** The packages and patterns that are named anywhere in such a value and that lie outside of a bound. */
export function namesOutsideBound(value: unknown, bound: readonly string[]): string[] {
  return patternsOutsideBound([...new Set(namesIn(value))], bound);
}

function namesIn(value: unknown): string[] {
  if (typeof value === "string") return parseGrantPattern(value).ok ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    NO_PACKAGES.has(key) ? [] : [...namesIn(key), ...namesIn(one)],
  );
}
