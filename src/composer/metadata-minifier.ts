import { isContainer, isRawNumber } from "./json-value.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";

/** How a minified list says "this key of the previous version is gone". */
const UNSET = "__unset";

/**
 * Writes each version as the difference to the one before it (MetadataMinifier::minify, the format marked
 * `"minified": "composer/2.0"`). Order the list first: neighbours should have much in common.
 */
export function minify(versions: readonly JsonObject[]): JsonObject[] {
  return versions.map(createMinifier());
}

/** The same for one version after the other, for lists that are never held whole. */
export function createMinifier(): (version: JsonObject) => JsonObject {
  const known = new Map<string, JsonValue>();
  return (version) => {
    // An empty version counts as "nothing known yet" in PHP, so the next one is written in full.
    const isFirst = known.size === 0;
    const entries = Object.entries(version);
    if (isFirst) {
      for (const [key, value] of entries) known.set(key, value);
      return version;
    }
    return Object.fromEntries(differences(known, version, entries));
  };
}

/** Null counts as missing, as it does for PHP's isset(): written when it appears and unset at once. */
function differences(
  known: Map<string, JsonValue>,
  version: JsonObject,
  entries: readonly (readonly [string, JsonValue])[],
): Map<string, JsonValue> {
  const changes = new Map<string, JsonValue>();
  for (const [key, value] of entries) {
    const previous = known.get(key) ?? null;
    if (previous !== null && isIdentical(previous, value)) continue;
    changes.set(key, value);
    known.set(key, value);
  }
  for (const key of [...known.keys()]) {
    if (Object.hasOwn(version, key) && version[key] !== null) continue;
    changes.set(key, UNSET);
    known.delete(key);
  }
  return changes;
}

/** Restores full versions from a minified list (MetadataMinifier::expand), as every Composer client does. */
export function expand(versions: readonly JsonObject[]): JsonObject[] {
  const current = new Map<string, JsonValue>();
  return versions.map((version) => {
    const isFirst = current.size === 0;
    for (const [key, value] of Object.entries(version)) {
      if (value === UNSET && !isFirst) current.delete(key);
      else current.set(key, value);
    }
    return Object.fromEntries(current);
  });
}

/**
 * PHP's `===` on decoded JSON: arrays are equal when they hold the same keys in the same order. PHP has one array type
 * for `[]` and `{}`, so these are identical to it; what a reader restores then is the earlier spelling.
 */
function isIdentical(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (isRawNumber(left) && isRawNumber(right)) return left.rawJSON === right.rawJSON;
  if (!isContainer(left) || !isContainer(right)) return false;
  const leftEntries = Object.entries<JsonValue>(left);
  const rightEntries = Object.entries<JsonValue>(right);
  if (leftEntries.length !== rightEntries.length) return false;
  return leftEntries.every(([key, value], index) => {
    const [otherKey, otherValue = null] = rightEntries[index] ?? [];
    return key === otherKey && isIdentical(value, otherValue);
  });
}
