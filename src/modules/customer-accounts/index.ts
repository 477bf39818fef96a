export { countCustomers } from "./customer-account-queries.ts";
export { listGrantsHeldByCustomer, listHistoryOfCustomer } from "./customer-belongings.ts";
export { customerBelongingsRoutes, customerRoutes } from "./customer-routes.ts";
export { listCustomers } from "./read-customers.ts";
