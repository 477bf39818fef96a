export { createHttpServer } from "./server.ts";
export { createClientAddress } from "./client-address.ts";
export type { ClientAddress } from "./client-address.ts";
export { HOUSEHOLD, SUBSCRIBER, networkOf } from "./network-of.ts";
export { createUnknownCredentials } from "./unknown-credentials.ts";
export type { UnknownCredentials } from "./unknown-credentials.ts";
export { createProxies } from "./proxies.ts";
