import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import { parseGrantPattern, patternCoversPattern } from "../../composer/index.ts";
import type { GrantPattern } from "../../composer/index.ts";
import type { Db } from "../../schema.ts";
import { EVERYTHING_PATTERN } from "./access.ts";
import type { GrantRow } from "./grant-queries.ts";

/**
 * What narrows what a token reads of its customer's grants: a project token's patterns, or the bound of whoever made a
 * token that reads all of them; of one that nothing narrows an empty list. They have a table of their own, so that
 * nothing that reads grants takes them for one.
 */
export async function listScope(db: Db, token: string): Promise<string[]> {
  return (await listScopes(db, [token])).get(token) ?? [];
}

const TOKENS_AT_ONCE = 10_000;

/** In the order they were given. */
export async function listScopes(db: Db, tokens: readonly string[]): Promise<Map<string, string[]>> {
  const scopes = new Map<string, string[]>();
  for (let start = 0; start < tokens.length; start += TOKENS_AT_ONCE) {
    const some = tokens.slice(start, start + TOKENS_AT_ONCE);
    const query = db.selectFrom("token_scopes").selectAll().where("token", "in", some).orderBy("position");
    for (const { token, package_pattern } of await query.execute()) {
      scopes.set(token, [...(scopes.get(token) ?? []), package_pattern]);
    }
  }
  return scopes;
}

/** What is missing in `patterns` is outside of the project from now on. */
export async function setScope(db: Db, token: string, patterns: readonly string[]): Promise<void> {
  await db.deleteFrom("token_scopes").where("token", "=", token).execute();
  const rows = patterns.map((package_pattern, position) => ({ token, package_pattern, position }));
  if (rows.length > 0) await db.insertInto("token_scopes").values(rows).execute();
}

/**
 * The grants of a customer as far as they lie within a project's patterns: each pair of a grant and a pattern that
 * have packages in common, with exactly those, and the grant's own dates and rules. Patterns are names or beginnings
 * of names, so of two that have something in common one lies within the other.
 */
export function withinScope(grants: readonly GrantRow[], scope: readonly string[]): GrantRow[] {
  const patterns = scope.flatMap((text) => readable(text) ?? []);
  return grants.flatMap((grant) => {
    const granted = readable(grant.package_pattern);
    if (granted === undefined) return [];
    const common = patterns.flatMap((pattern) => narrower(granted, pattern) ?? []);
    return common.map(({ text }) => ({ ...grant, package_pattern: text }));
  });
}

/** What two lists of patterns have in common, as patterns. */
export function commonPatterns(one: readonly string[], other: readonly string[]): string[] {
  const [left, right] = [one, other].map((texts) => texts.flatMap((text) => readable(text) ?? []));
  const common = (left ?? []).flatMap((a) => (right ?? []).flatMap((b) => narrower(a, b) ?? []));
  return [...new Set(common.map(({ text }) => text))];
}

/** For a token that reads nothing of its customer any more. */
export async function forgetScope(db: Db, token: string): Promise<void> {
  await setScope(db, token, []);
}

interface Readable {
  text: string;
  pattern: GrantPattern | typeof EVERYTHING_PATTERN;
}

/** What cannot be read any more opens nothing. */
function readable(text: string): Readable | undefined {
  if (text === EVERYTHING_PATTERN) return { text, pattern: text };
  const parsed = parseGrantPattern(text);
  return parsed.ok ? { text, pattern: parsed.value } : undefined;
}

function narrower(one: Readable, other: Readable): Readable | undefined {
  if (one.pattern === EVERYTHING_PATTERN) return other;
  if (other.pattern === EVERYTHING_PATTERN || patternCoversPattern(other.pattern, one.pattern)) return one;
  return patternCoversPattern(one.pattern, other.pattern) ? other : undefined;
}

/** The same in SQL: whether a row `s` of `token_scopes` and a row `g` of `grants` have packages in common. */
export function haveCommonPackages(): RawBuilder<boolean> {
  return sql<boolean>`(s.package_pattern = g.package_pattern
    or ${liesWithin("g.package_pattern", "s.package_pattern")} or ${liesWithin("s.package_pattern", "g.package_pattern")})`;
}

/** Stored patterns are canonical: one that ends in `/` or `*` is the beginning of what lies within it. */
function liesWithin(inner: string, outer: string): RawBuilder<boolean> {
  const [within, around] = [sql.ref(inner), sql.ref(outer)];
  return sql<boolean>`(${around} = ${EVERYTHING_PATTERN}
    or substr(${around}, length(${around}), 1) = '/' and substr(${within}, 1, length(${around})) = ${around}
    or substr(${around}, length(${around}), 1) = '*'
      and substr(${within}, 1, length(${around}) - 1) = substr(${around}, 1, length(${around}) - 1))`;
}
