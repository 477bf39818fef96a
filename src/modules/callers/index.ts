export { principalOf, registerAuthentication, userOf } from "./authentication-routes.ts";
export type { SessionRequest } from "./authentication-routes.ts";
export { createCallerLimit } from "./caller-limit.ts";
export { commandLine, withinShop } from "./principal.ts";
export type { Caller, Principal, Role, SaleDefaults, SessionOfUser } from "./principal.ts";
export { SCOPES, SCOPES_BY_ROLE, isScope } from "./scopes.ts";
export type { Scope } from "./scopes.ts";
export { REASON, Reason } from "./reason.ts";
export { ShopQuery, shopParameter } from "./shop-query.ts";
