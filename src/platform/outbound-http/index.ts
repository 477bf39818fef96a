export { AddressRefusedError, HostNotFoundError, resolveAllowed } from "./address-guard.ts";
export type { Lookup } from "./address-guard.ts";
export { findRedirectTarget } from "./redirect.ts";
