export { countCustomers } from "./customer-account-queries.ts";
export { listGrantsHeldByCustomer, listHistoryOfCustomer, presentGrant } from "./customer-belongings.ts";
export type { PresentedGrant } from "./customer-belongings.ts";
export { Customer, CustomerGrant } from "./customer-schemas.ts";
export { customerActionRoutes, customerBelongingsRoutes, customerRoutes } from "./customer-routes.ts";
export { listCustomers, readCustomer } from "./read-customers.ts";
export type { PresentedCustomer, ReadCustomerDeps } from "./read-customers.ts";
export { revokeHeldCustomer } from "./revoke-customer.ts";
export type { ChangeCustomerDeps } from "./change-customer.ts";
