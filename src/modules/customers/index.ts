export { setCustomerEmail } from "./change-email.ts";
export type { AddressWatcher } from "./change-email.ts";
export {
  canonicalAddress,
  forgetAddresses,
  hasHadAddress,
  listAddresses,
  rememberAddress,
} from "./customer-addresses.ts";
export { noteSaleAddress } from "./note-sale-address.ts";
export { ensureCustomer, refuseErasedBuyer } from "./customer-of-metadata.ts";
export type { Buyer } from "./customer-of-metadata.ts";
export { insertShopIfMissing, listShops, updateShopHelp } from "./customer-queries.ts";
export {
  findHolderOfOrder,
  forgetJoinCode,
  forgetMovedOrders,
  forgetMoves,
  holdHolderOfOrder,
  listMergedInto,
} from "./merged-customers.ts";
export { withItsShop } from "./shop-of-caller.ts";
export { getNamedCustomer, getVisibleCustomer, refuseAmbiguousCustomer } from "./named-customer.ts";
export {
  findCustomer,
  findCustomerById,
  holdCustomer,
  idsOfCustomersNamed,
  updateCustomer,
} from "./customer-queries.ts";
export { isCustomerVisible, visibleCustomers } from "./customer-queries.ts";
export type { CustomerRow, CustomerVisibility, ShopRow } from "./customer-queries.ts";
