export { AddressRefusedError, HostNotFoundError, isPublicAddress, resolveAllowed } from "./address-guard.ts";
export type { Lookup } from "./address-guard.ts";
export { IdleTimeoutError, openAnswer } from "./open-answer.ts";
export type { OpenAnswer } from "./open-answer.ts";
export { isNetworkOrHost, readPrivateNetworks } from "./private-networks.ts";
export type { AllowedNetworks } from "./private-networks.ts";
export { PostTimeoutError, postJson } from "./post-json.ts";
export { findRedirectTarget } from "./redirect.ts";
