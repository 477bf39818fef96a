export { ensureCustomer } from "./customer-of-metadata.ts";
export type { Buyer } from "./customer-of-metadata.ts";
export { insertShopIfMissing } from "./customer-queries.ts";
