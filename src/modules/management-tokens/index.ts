export { authenticateManagementToken, scopesOfManagementToken } from "./authenticate.ts";
export { createManagementToken, listManagementTokens, revokeManagementToken } from "./manage-management-tokens.ts";
export type { NewManagementToken } from "./manage-management-tokens.ts";
export { tellOfExpiringManagementTokens } from "./tell-expiry.ts";
export { messagesToOwners } from "./tell-owners.ts";
export type { ManagementTokenSummary } from "./management-token-presenter.ts";
export { managementTokenRoutes } from "./management-token-routes.ts";
export { findManagementTokenBySecret, revokeLeakedManagementToken } from "./leaked-management-token.ts";
