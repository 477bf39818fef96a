export { setCustomerEmail } from "./change-email.ts";
export { ensureCustomer, refuseErasedBuyer } from "./customer-of-metadata.ts";
export type { Buyer } from "./customer-of-metadata.ts";
export { insertShopIfMissing, listShops } from "./customer-queries.ts";
export { withItsShop } from "./shop-of-caller.ts";
export { getNamedCustomer, getVisibleCustomer, refuseAmbiguousCustomer } from "./named-customer.ts";
export { findCustomer, holdCustomer, updateCustomer } from "./customer-queries.ts";
export { isCustomerVisible, visibleCustomers } from "./customer-queries.ts";
export type { CustomerRow, CustomerVisibility, ShopRow } from "./customer-queries.ts";
