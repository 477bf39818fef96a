export { principalOf, registerAuthentication } from "./authentication-routes.ts";
export { createManagementToken, listManagementTokens, revokeManagementToken } from "./manage-management-tokens.ts";
export type { NewManagementToken } from "./manage-management-tokens.ts";
export type { ManagementTokenSummary } from "./management-token-presenter.ts";
export { managementTokenRoutes } from "./management-token-routes.ts";
export { commandLine } from "./principal.ts";
export type { Caller, Principal } from "./principal.ts";
