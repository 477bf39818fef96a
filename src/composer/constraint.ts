import { LRUCache } from "lru-cache";
import { parseSingleConstraint, type Constraint } from "./constraint-single.ts";
import { InvalidConstraintError, quoted, TEXT_LENGTH_MAX } from "./errors.ts";
import { phpTrim } from "./version-grammar.ts";
import { holds } from "./version-order.ts";

const OR = /\|\|?/;
const SPACES = new Set(" \t\n\v\f\r");
/** More than a few spaces that part constraints change nothing, but in a thousand of them AND would look a million times. */
const MANY_SPACES = /(?<!as|[=>< ,]) {4,}/g;
/** A comma or a space between two constraints, but not next to an operator, an inline `as`, or the hyphen of a range. */
const AND = /(?<!^|as|[=>< ,]) *(?<!-)[, ](?!-) *(?!,|as|(?=\n?$))/;

/** In characters, each of which becomes 50 bytes at most: what a few customers with very many lines need at once. */
const REMEMBERED_MAX = 400_000;
/** What an entry takes besides. */
const ENTRY_SIZE = 10;

/** The same few texts come again in every version of a package and in every token of a customer. */
const remembered = new LRUCache<string, Constraint | InvalidConstraintError>({
  maxSize: REMEMBERED_MAX,
  sizeCalculation: (_, text) => text.length + ENTRY_SIZE,
});

/**
 * Parses what may stand as a value of `require` (VersionParser::parseConstraints): `^1.2 || ~2.0`, `>=1,<2`, `1.*`,
 * `1.0 - 2.0`, `!=1.3`, `dev-main#abc`, `^1@beta` … Throws InvalidConstraintError where Composer throws.
 */
export function parseConstraint(text: string): Constraint {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new InvalidConstraintError(`${quoted(text)} is longer than ${TEXT_LENGTH_MAX} characters`);
  }
  const known = remembered.get(text) ?? remember(text);
  if (known instanceof InvalidConstraintError) throw known;
  return known;
}

function remember(text: string): Constraint | InvalidConstraintError {
  const outcome = parsed(text);
  remembered.set(text, outcome);
  return outcome;
}

function parsed(text: string): Constraint | InvalidConstraintError {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidConstraintError) return error;
    throw error;
  }
}

/** How many single constraints a text is made of, alternatives and what they combine: what it costs to read and to ask. */
export function countConstraintParts(text: string): number {
  return alternativesOf(text).reduce((count, alternative) => count + combinedIn(alternative).length, 0);
}

function parse(text: string): Constraint {
  const groups = alternativesOf(text).map(parseAllOf);
  const [first] = groups;
  if (first !== undefined && groups.length === 1) return first;
  const merged = mergeAdjacentRanges(groups);
  const [only] = merged;
  return only !== undefined && merged.length === 1 ? only : { kind: "one-of", constraints: merged };
}

/** Whether a normalized version satisfies a constraint, as Composer's solver and Semver::satisfies decide it. */
export function constraintMatches(constraint: Constraint, normalizedVersion: string): boolean {
  switch (constraint.kind) {
    case "any-version":
      return true;
    case "comparison":
      return holds(normalizedVersion, constraint.operator, constraint.version, false);
    case "all-of":
      return constraint.constraints.every((part) => constraintMatches(part, normalizedVersion));
    case "one-of":
      return constraint.constraints.some((part) => constraintMatches(part, normalizedVersion));
  }
}

function alternativesOf(text: string): string[] {
  const alternatives = phpTrim(text).split(OR);
  const last = alternatives.length - 1;
  return alternatives.map((alternative, index) => {
    let [start, end] = [0, alternative.length];
    if (index < last) while (end > 0 && SPACES.has(alternative.charAt(end - 1))) end -= 1;
    if (index > 0) while (start < end && SPACES.has(alternative.charAt(start))) start += 1;
    return alternative.slice(start, end);
  });
}

function combinedIn(alternative: string): string[] {
  return alternative.replace(MANY_SPACES, "   ").split(AND);
}

function parseAllOf(text: string): Constraint {
  const constraints = combinedIn(text).flatMap(parseSingleConstraint);
  const [only] = constraints;
  return only !== undefined && constraints.length === 1 ? only : { kind: "all-of", constraints };
}

/**
 * Joins `[>=1 <2] || [>=2 <3]` into `[>=1 <3]`, as MultiConstraint::create does. This is not only a shortcut: it
 * looks at neighbours' outer ends without asking whether the ranges are empty, so `>=2,<1 || >=1,<3` means `>=2,<3`
 * to Composer, and has to mean that here.
 */
function mergeAdjacentRanges(groups: readonly Constraint[]): readonly Constraint[] {
  const merged: Constraint[] = [];
  for (const group of groups) {
    const previous = merged.at(-1);
    const left = previous && asRange(previous);
    const right = asRange(group);
    if (left && right && left.to.operator === "<" && left.to.version === right.from.version) {
      merged[merged.length - 1] = { kind: "all-of", constraints: [left.from, right.to] };
    } else {
      merged.push(group);
    }
  }
  return merged;
}

type Comparison = Extract<Constraint, { kind: "comparison" }>;

function asRange(constraint: Constraint): { from: Comparison; to: Comparison } | undefined {
  if (constraint.kind !== "all-of" || constraint.constraints.length !== 2) return undefined;
  const [from, to] = constraint.constraints;
  if (from?.kind !== "comparison" || to?.kind !== "comparison" || from.operator !== ">=") return undefined;
  return to.operator === "<" || to.operator === "<=" ? { from, to } : undefined;
}
