export { idempotent, runOnce } from "./run-once.ts";
export type { IdempotencyDeps } from "./run-once.ts";
