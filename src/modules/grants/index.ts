export { EVERYTHING_PATTERN, accessTo, compileGrant, opensVersion } from "./access.ts";
export type { Grant, GrantedVersion, PackageAccess } from "./access.ts";
export { listGrantsOfCustomer, listGrantsOfToken, listGrantsOfTokens } from "./grant-queries.ts";
export type { GrantRow } from "./grant-queries.ts";
export { currentPatterns, patternsOutsideBound, readPatterns, setTokenPatterns } from "./token-prefixes.ts";
