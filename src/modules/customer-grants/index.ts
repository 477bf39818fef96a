export { mayUndoRevocations, restoreGrantsOfCustomer, revokeGrantsOfCustomer } from "./cancel-customer.ts";
export { listHeldLines } from "./held-lines.ts";
export type { HeldGrantLine } from "./held-lines.ts";
export type { Cancellations } from "./line-state.ts";
export { customerGrantRoutes } from "./grant-routes.ts";
export { termsFields } from "./grant-schemas.ts";
export { createRequirements, requiredNames } from "./requirements.ts";
