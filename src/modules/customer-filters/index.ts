export { registerCustomerFilters } from "./customer-filter-routes.ts";
