import { parseSingleConstraint, type Constraint } from "./constraint-single.ts";
import { InvalidConstraintError, quoted, TEXT_LENGTH_MAX } from "./errors.ts";
import { phpTrim, SPACE } from "./version-grammar.ts";
import { holds } from "./version-order.ts";

const OR = new RegExp(String.raw`[${SPACE}]*\|\|?[${SPACE}]*`);
/** A comma or a space between two constraints, but not next to an operator, an inline `as`, or the hyphen of a range. */
const AND = /(?<!^|as|[=>< ,]) *(?<!-)[, ](?!-) *(?!,|as|(?=\n?$))/;

/**
 * Parses what may stand as a value of `require` (VersionParser::parseConstraints): `^1.2 || ~2.0`, `>=1,<2`, `1.*`,
 * `1.0 - 2.0`, `!=1.3`, `dev-main#abc`, `^1@beta` … Throws InvalidConstraintError where Composer throws.
 */
export function parseConstraint(text: string): Constraint {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new InvalidConstraintError(`${quoted(text)} is longer than ${TEXT_LENGTH_MAX} characters`);
  }
  const groups = phpTrim(text).split(OR).map(parseAllOf);
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

function parseAllOf(text: string): Constraint {
  const constraints = text.split(AND).flatMap(parseSingleConstraint);
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
