export { cancelLinesOfOrder } from "./cancel-lines.ts";
export type { AskedCancellation, CancelledOrder, CancelledSince } from "./cancel-lines.ts";
export { restoreGrantsOfCustomer, revokeGrantsOfCustomer } from "./cancel-customer.ts";
export { listHeldLines } from "./held-lines.ts";
export type { HeldGrantLine } from "./held-lines.ts";
export type { GrantTerms } from "./line-state.ts";
export { customerGrantRoutes } from "./grant-routes.ts";
export { termsFields } from "./grant-schemas.ts";
export { mayUndoCancellations, restoreLinesOfOrder } from "./restore-lines.ts";
export type { LineRenewals } from "./renew-line.ts";
export { prepareLineSale, sellLine } from "./sell-line.ts";
export type { LineSale, SellLineDeps, SoldLine } from "./sell-line.ts";
export {
  resumeLinesOfCustomer,
  resumeLinesOfOrder,
  suspendLinesOfCustomer,
  suspendLinesOfOrder,
} from "./suspend-lines.ts";
export { rehomeOrders, returnOrders } from "./rehome-orders.ts";
export type { RehomedOrders } from "./rehome-orders.ts";
export { createTokenLines } from "./token-lines.ts";
