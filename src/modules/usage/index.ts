export { createUsage } from "./usage.ts";
export type { Usage } from "./usage.ts";
export { readTokenNetworks } from "./token-networks.ts";
export type { NetworkCounts } from "./token-networks.ts";
