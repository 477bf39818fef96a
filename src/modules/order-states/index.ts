export { eraseOrderStates } from "./erase-order-states.ts";
export { concerns, findOrderState, mayUndo, readBound, writeBound } from "./find-order-state.ts";
export type { OrderState } from "./find-order-state.ts";
export { buyerKeys, keyOfAddress } from "./order-buyer.ts";
export type { OrderBuyer } from "./order-buyer.ts";
export { holdOrder, listOrderStates, storeOrderState, updateOrderState } from "./order-state-queries.ts";
export type { OrderStateRow } from "./order-state-queries.ts";
export { reopenOrder } from "./reopen-order.ts";
