export {
  EVERYTHING_PATTERN,
  accessTo,
  compileGrant,
  endedAt,
  isInForce,
  letsThrough,
  opensPackage,
  opensVersion,
} from "./access.ts";
export type { Grant, GrantedVersion, PackageAccess } from "./access.ts";
export {
  GRACE_DAYS_MAX,
  GRACE_SECONDS_MAX,
  goesOn,
  graceUntil,
  hasEnded,
  isInGrace,
  tokenGoesOn,
  trueEnd,
} from "./grace.ts";
export { patternsCovering } from "./covering-patterns.ts";
export {
  findCustomerSuspension,
  insertGrants,
  listGrantsOfCustomer,
  listGrantsOfToken,
  listGrantsOfTokens,
} from "./grant-queries.ts";
export type { GrantRow } from "./grant-queries.ts";
export { areFewGrants, countHolders, holdsOneOf, listGrantsOfCustomers, listUsedPatterns } from "./holder-queries.ts";
export type { HolderCounts } from "./holder-queries.ts";
export {
  grantsOutsideBound,
  isNotNarrowed,
  namesOutsideBound,
  scopesOutsideBound,
  withinBound,
} from "./grants-outside-bound.ts";
export {
  giveGrants,
  keepWithinBound,
  listEffectiveGrants,
  listGrantParts,
  listReach,
  readGivenGrants,
  readGivenGrantsOfTokens,
  sumOfParts,
} from "./effective-grants.ts";
export type { GrantParts } from "./effective-grants.ts";
export { commonPatterns, forgetScope, listScope, withinScope } from "./project-scopes.ts";
export { giveAwayTokenGrants, patternsOutsideBound, readPatterns } from "./token-prefixes.ts";
export { listSuccessors, patternsOpening } from "./successors.ts";
export type { Successor } from "./successors.ts";
export { STABILITIES, versionTermFields } from "./term-schemas.ts";
export { keepWithinBudgets } from "./customer-budgets.ts";
export type { CustomerBudgets } from "./customer-budgets.ts";
export { NOTHING_GIVEN, NO_TERMS, constraintErrors } from "./token-terms.ts";
export type { GivenGrants, TokenTerms } from "./token-terms.ts";
export { whyNot } from "./why-not.ts";
export type { WhyNot } from "./why-not.ts";
