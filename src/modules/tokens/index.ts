export { getVisibleToken, listTokens } from "./find-token.ts";
export { revokeToken, revokeTokensOfCustomer } from "./revoke-token.ts";
export { tokenOfTopic } from "./token-changes.ts";
export { findTokenByHash, findTokenById, listTokenRows, visibleTokens } from "./token-queries.ts";
export type { TokenRow } from "./token-queries.ts";
export { tokenRoutes } from "./token-routes.ts";
export type { PresentedToken } from "./token-presenter.ts";
export { Token, TokenListQuery } from "./token-schemas.ts";
