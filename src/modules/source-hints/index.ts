export { MISSING_REQUIREMENT, hintsOf, withinBound } from "./hint.ts";
export type { Hint } from "./hint.ts";
export { HintSchema } from "./hint-schema.ts";
