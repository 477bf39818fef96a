import { sql } from "kysely";
import type { RawBuilder } from "kysely";

/**
 * The condition that a row of `grants` is in a caller's way: not revoked, and outside of its package bound. Whoever
 * holds such a grant does not exist for that caller. Stored patterns are canonical, so a prefix covers exactly the
 * patterns that begin with it.
 */
export function grantsOutsideBound(bound: readonly string[]): RawBuilder<boolean> {
  const covering = bound.map((pattern) => {
    const isPrefix = pattern.endsWith("/") || pattern.endsWith("*");
    if (!isPrefix) return sql<boolean>`grants.package_pattern = ${pattern}`;
    const start = pattern.replace(/\*$/, "");
    return sql<boolean>`substr(grants.package_pattern, 1, ${sql.lit(start.length)}) = ${start}`;
  });
  return sql<boolean>`(grants.revoked_at is null and not (${sql.join(covering, sql` or `)}))`;
}
