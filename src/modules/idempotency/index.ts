export { answerOnce } from "./answer-once.ts";
export { createAnswerUpkeep } from "./answer-upkeep.ts";
export { eraseAnswers } from "./erase-answers.ts";
export { findKeptValue, keepValue } from "./kept-values.ts";
export { SEALED_ANSWERS } from "./sealed-answers.ts";
export { runOnce } from "./run-once.ts";
export type { Answer, IdempotencyDeps, Recheck } from "./run-once.ts";
