export { countCustomers } from "./customer-account-queries.ts";
export { listGrantsHeldByCustomer, listHistoryOfCustomer } from "./customer-belongings.ts";
export { customerBelongingsRoutes, customerRoutes } from "./customer-routes.ts";
export { listCustomers } from "./read-customers.ts";
export { recordSightOf } from "./record-sight.ts";
export type { RecordReader } from "./record-sight.ts";
