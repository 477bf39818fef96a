export { createRequirements, requiredNames } from "./requirements.ts";
export type { Requirement, Requirements, SoldTerms } from "./requirements.ts";
export { splitByBound, warningsOfBound, warningsOfHosting, warningsOfRequired } from "./requirement-warnings.ts";
export type { SplitRequirements } from "./requirement-warnings.ts";
