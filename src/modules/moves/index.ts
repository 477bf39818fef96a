export { mergeCustomers } from "./merge-customers.ts";
export type { MergedCustomers as MergedPair } from "./merge-customers.ts";
export type { MoveDeps } from "./move-deps.ts";
export { moveRoutes, orderMoveRoutes, presentMerge } from "./move-routes.ts";
export { CustomerId, MergedCustomers, secretFields } from "./move-schemas.ts";
export { forgetOldMoves } from "./move-parties.ts";
