export { EVERYTHING_PATTERN, accessTo, compileGrant, opensVersion } from "./access.ts";
export type { Grant, GrantedVersion, PackageAccess } from "./access.ts";
export { patternsCovering } from "./covering-patterns.ts";
export { listGrantsOfCustomer, listGrantsOfToken, listGrantsOfTokens } from "./grant-queries.ts";
export type { GrantRow } from "./grant-queries.ts";
export { areFewGrants, countHolders, holdsOneOf, listGrantsOfCustomers, listUsedPatterns } from "./holder-queries.ts";
export type { HolderCounts } from "./holder-queries.ts";
export { grantsOutsideBound } from "./grants-outside-bound.ts";
export { currentPatterns, patternsOutsideBound, readPatterns, setTokenPatterns } from "./token-prefixes.ts";
