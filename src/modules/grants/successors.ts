import { parseGrantPattern, patternCovers } from "../../composer/index.ts";
import type { Db } from "../../schema.ts";
import { EVERYTHING_PATTERN } from "./access.ts";
import { patternsCovering } from "./covering-patterns.ts";
import type { GrantRow } from "./grant-queries.ts";

/** A package that was renamed, and what it is called now. */
export interface Successor {
  readonly name: string;
  readonly successor: string;
}

/** Few: the packages that their vendors renamed. */
export async function listSuccessors(db: Db): Promise<Successor[]> {
  return await db
    .selectFrom("packages")
    .select(["name", "successor"])
    .where("successor", "is not", null)
    .$narrowType<{ successor: string }>()
    .orderBy("name")
    .execute();
}

/** Of every pattern also the names that packages within it go by now, as far as it does not cover them itself. */
export function followPatterns(patterns: readonly string[], successors: readonly Successor[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => [pattern, ...namesAfter(pattern, successors)]))];
}

/** The same of grants: the new name with the terms of the grant that covers the old one. */
export function followGrants(grants: readonly GrantRow[], successors: readonly Successor[]): GrantRow[] {
  if (successors.length === 0) return [...grants];
  return grants.flatMap((grant) => [
    grant,
    ...namesAfter(grant.package_pattern, successors).map((name) => ({ ...grant, package_pattern: name })),
  ]);
}

/** The patterns by which packages can be held: those that cover them, and those that cover a name they had before. */
export async function patternsOpening(db: Db, packageNames: readonly string[]): Promise<string[]> {
  const successors = await listSuccessors(db);
  const names = new Set(packageNames);
  // What is added meanwhile is looked at as well: a package can have had several names in turn.
  for (const known of names) {
    for (const { name: before, successor } of successors) if (successor === known) names.add(before);
  }
  return [...new Set([...names].flatMap(patternsCovering))];
}

/** Names outside of the pattern that follow, over one or more steps, on names within it. */
function namesAfter(pattern: string, successors: readonly Successor[]): string[] {
  if (successors.length === 0 || pattern === EVERYTHING_PATTERN) return [];
  const parsed = parseGrantPattern(pattern);
  if (!parsed.ok) return [];
  const reached = new Set<string>();
  let isGrowing = true;
  while (isGrowing) {
    const found = successors.filter(
      ({ name, successor }) => !reached.has(successor) && (patternCovers(parsed.value, name) || reached.has(name)),
    );
    for (const { successor } of found) reached.add(successor);
    isGrowing = found.length > 0;
  }
  return [...reached].filter((name) => !patternCovers(parsed.value, name));
}
