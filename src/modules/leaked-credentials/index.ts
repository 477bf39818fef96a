export { leakRoutes } from "./leak-routes.ts";
export { readScannerKeys } from "./scanner-keys.ts";
