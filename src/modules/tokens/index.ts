export type { MailingDeps, TokenDeps } from "./create-token.ts";
export { onlyOfBuyer } from "./another-address.ts";
export { joinCustomer } from "./join-customer.ts";
export type { JoinWish, JoinedToken } from "./join-customer.ts";
export { getTokenForChange, getVisibleToken, listTokens, presentTokens } from "./find-token.ts";
export { listVisibleTokensOfCustomer } from "./customer-credentials.ts";
export { eraseTokens } from "./erase-tokens.ts";
export { handOverTokens } from "./hand-over-tokens.ts";
export type { HandedOverToken } from "./hand-over-tokens.ts";
export { keysOfSales } from "./repeated-sale.ts";
export { getReplayedToken } from "./replayed-secret.ts";
export { labelsOfNewOwner, moveTokens, refuseConverted, returnTokens } from "./move-tokens.ts";
export type { MovedToken, TokenBefore } from "./move-tokens.ts";
export { restoreTokenRow, restoreTokensOfCustomer } from "./restore-tokens.ts";
export { FINAL_CAUSES, RESTORABLE_SECONDS, refuseRevoked } from "./revocation.ts";
export { revokeLeakedToken, revokeToken, revokeTokenRow, revokeTokensOfCustomer } from "./revoke-token.ts";
export type { Ending } from "./revoke-token.ts";
export { inheritRecorded } from "./suspension.ts";
export { tokenChanged, tokenOfTopic } from "./token-changes.ts";
export {
  findTokenByHash,
  findTokenById,
  listTokenRows,
  lockAllTokensOfCustomer,
  visibleTokens,
} from "./token-queries.ts";
export type { TokenRow } from "./token-queries.ts";
export { tokenRoutes } from "./token-routes.ts";
export { presentToken, statusOf, suspendersOf } from "./token-presenter.ts";
export type { PresentedToken } from "./token-presenter.ts";
export { Token, TokenListQuery } from "./token-schemas.ts";
export type { KnownLine, LinePlace, LineTerms, PreparedLine, TokenLines } from "./token-lines.ts";
