export { principalOf, registerAuthentication } from "./authentication-routes.ts";
export { createManagementToken, listManagementTokens, revokeManagementToken } from "./manage-management-tokens.ts";
export type { ManagementTokenSummary, NewManagementToken } from "./manage-management-tokens.ts";
export { commandLine } from "./principal.ts";
export type { Caller, Principal } from "./principal.ts";
