export { createUsage } from "./usage.ts";
export type { Usage } from "./usage.ts";
