export { mayUndoRevocations, restoreGrantsOfCustomer, revokeGrantsOfCustomer } from "./cancel-customer.ts";
export type { Cancellations } from "./line-state.ts";
export { customerGrantRoutes } from "./grant-routes.ts";
export { createRequirements, requiredNames } from "./requirements.ts";
