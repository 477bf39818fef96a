/**
 * Whether a prefix of a token opens a package, by the server's own rule: what ends in `/` or `*` is the beginning of
 * a name, everything else is one package.
 */
export function patternOpens(pattern: string, packageName: string): boolean {
  const wanted = canonicalPattern(pattern);
  const name = packageName.toLowerCase();
  if (wanted.endsWith("*")) return name.startsWith(wanted.slice(0, -1));
  return wanted.endsWith("/") ? name.startsWith(wanted) : name === wanted;
}

/** The same for all prefixes of a token; null is everything that is hosted. */
export function patternsOpen(patterns: readonly string[] | null, packageName: string): boolean {
  return patterns === null || patterns.some((pattern) => patternOpens(pattern, packageName));
}

/** The way the server writes a prefix back: lower-case, and `acme/*` as `acme/`. */
export function canonicalPattern(text: string): string {
  const pattern = text.trim().toLowerCase();
  return pattern.endsWith("/*") ? pattern.slice(0, -1) : pattern;
}

/** Which of the packages one list of prefixes opens and the other does not. */
export function openedOnlyBy(
  these: readonly string[] | null,
  others: readonly string[] | null,
  packageNames: readonly string[],
): string[] {
  return packageNames.filter((name) => patternsOpen(these, name) && !patternsOpen(others, name));
}

/** What both lists open: of two prefixes that have packages in common one lies within the other. */
export function commonPatterns(these: readonly string[], others: readonly string[]): string[] {
  return these.flatMap((one) =>
    others.flatMap((other) => (liesWithin(one, other) ? [one] : liesWithin(other, one) ? [other] : [])),
  );
}

function liesWithin(inner: string, outer: string): boolean {
  if (inner === outer) return true;
  // One package has nothing within it but itself, also where a prefix has the same letters.
  if (!/[/*]$/.test(outer)) return false;
  return patternOpens(outer, inner.endsWith("*") ? inner.slice(0, -1) : inner);
}
