import { EVERYTHING_PATTERN } from "./access.ts";

/**
 * Every pattern, as it is stored, that covers this package (a lower-case name): `*`, the name, `acme/`, `acme/c*` …
 * Looked up by equality they come out of the index of `grants.package_pattern`, where asking each stored pattern
 * whether it covers the name would read the whole table.
 */
export function patternsCovering(name: string): string[] {
  const start = name.indexOf("/") + 1;
  const prefixes = Array.from({ length: name.length - start }, (_, index) => `${name.slice(0, start + index + 1)}*`);
  return [EVERYTHING_PATTERN, name, name.slice(0, start), ...prefixes];
}
