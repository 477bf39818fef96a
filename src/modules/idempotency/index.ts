export { eraseAnswers } from "./erase-answers.ts";
export { findKeptValue, keepValue } from "./kept-values.ts";
export { forgetExpired, idempotent, runOnce } from "./run-once.ts";
export type { Answer, IdempotencyDeps } from "./run-once.ts";
