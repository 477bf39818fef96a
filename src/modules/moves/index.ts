export { mergeCustomers } from "./merge-customers.ts";
export type { MergedCustomers as MergedPair } from "./merge-customers.ts";
export { previewAccess } from "./measure-access.ts";
export type { AccessChange } from "./measure-access.ts";
export type { MoveDeps } from "./move-deps.ts";
export { moveRoutes, orderMoveRoutes, presentMerge } from "./move-routes.ts";
export { AccessChanges, CustomerId, MergedCustomers, secretFields } from "./move-schemas.ts";
export { forgetOldMoves } from "./move-parties.ts";
