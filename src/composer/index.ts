/** Composer's rules as a pure library: no I/O, no clock, nothing of the product. What it decides, the real Composer decides. */
export { readComposerJson, type ComposerJson, type ComposerJsonOptions } from "./composer-json.ts";
export type { LinkBudgets, Links } from "./composer-json-links.ts";
export type { Constraint } from "./constraint-single.ts";
export { constraintMatches, countConstraintParts, parseConstraint } from "./constraint.ts";
export { ComposerJsonError, InvalidConstraintError, InvalidVersionError, OverBudgetError } from "./errors.ts";
export {
  formatGrantPattern,
  parseGrantPattern,
  patternCovers,
  patternCoversPattern,
  type GrantPattern,
} from "./grant-pattern.ts";
export { parseExact, writeExact } from "./exact-json.ts";
export type { JsonObject, JsonValue } from "./json-value.ts";
export { createMinifier, expand, minify } from "./metadata-minifier.ts";
export { isPlatformPackage, parsePackageName, vendorOf, type Parsed } from "./package-name.ts";
export { toPackageVersion, type PackageVersionOptions } from "./package-version.ts";
export {
  branchAliasOf,
  lookupOfTag,
  versionOfBranch,
  versionOfTag,
  type PackageVersionId,
  type SkippedRef,
} from "./vcs-versions.ts";
export {
  compareByOperator,
  compareForListing,
  compareVersions,
  isBranchVersion,
  type Operator,
} from "./version-order.ts";
export {
  normalizeBranch,
  normalizeDefaultBranch,
  normalizeVersion,
  parseNumericAliasPrefix,
  stabilityOf,
  type Stability,
} from "./version.ts";
