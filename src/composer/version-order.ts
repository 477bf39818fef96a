import { phpVersionCompare, type Ordering } from "./php-version-compare.ts";

/** The six comparisons a constraint can be made of; `=` and `<>` are spelled `==` and `!=` here. */
export type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** Whether a normalized version names a branch rather than a number (`1.x-dev` is a number to Composer). */
export function isBranchVersion(normalizedVersion: string): boolean {
  return normalizedVersion.startsWith("dev-");
}

/**
 * Composer's Constraint::versionCompare. Two branches are equal or nothing, never smaller or greater; a branch and a
 * number only compare when `branchesAreOldest` is set, as Comparator does for sorting and constraints do not.
 */
export function holds(left: string, operator: Operator, right: string, branchesAreOldest: boolean): boolean {
  const branches = Number(isBranchVersion(left)) + Number(isBranchVersion(right));
  if (branches > 0 && operator === "!=") return left !== right;
  if (branches === 2) return operator === "==" && left === right;
  if (branches === 1 && !branchesAreOldest) return false;
  return orderingSatisfies(phpVersionCompare(left, right), operator);
}

/** `left operator right` for two normalized versions, as Composer\Semver\Comparator::compare answers it. */
export function compareByOperator(left: string, operator: Operator, right: string): boolean {
  return holds(left, operator, right, true);
}

/**
 * Which of two normalized versions is newer: version_compare(), where a branch is older than every number. Two
 * different branches have no order in Composer and answer 0: use compareForListing to sort.
 */
export function compareVersions(left: string, right: string): Ordering {
  return isBranchVersion(left) && isBranchVersion(right) ? 0 : phpVersionCompare(left, right);
}

/**
 * A total order for lists, newest first: numbers (numeric branches such as `2.x-dev` among them) from high to low, then
 * branches by name. Only equal texts are equal, so a list comes out the same however it went in.
 */
export function compareForListing(left: string, right: string): number {
  const leftIsBranch = isBranchVersion(left);
  if (leftIsBranch !== isBranchVersion(right)) return leftIsBranch ? 1 : -1;
  const newestFirst = leftIsBranch ? 0 : phpVersionCompare(right, left);
  return newestFirst !== 0 ? newestFirst : left < right ? -1 : left > right ? 1 : 0;
}

function orderingSatisfies(ordering: Ordering, operator: Operator): boolean {
  switch (operator) {
    case "==":
      return ordering === 0;
    case "!=":
      return ordering !== 0;
    case "<":
      return ordering < 0;
    case "<=":
      return ordering <= 0;
    case ">":
      return ordering > 0;
    case ">=":
      return ordering >= 0;
  }
}
