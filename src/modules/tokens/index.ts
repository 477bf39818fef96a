export { listTokens } from "./find-token.ts";
export { revokeToken } from "./revoke-token.ts";
export { tokenOfTopic } from "./token-changes.ts";
export { findTokenByHash, findTokenById } from "./token-queries.ts";
export type { TokenRow } from "./token-queries.ts";
export { tokenRoutes } from "./token-routes.ts";
export type { PresentedToken } from "./token-presenter.ts";
export type { TokenListQuery } from "./token-schemas.ts";
