export { missingOfVersion } from "./missing-requirements.ts";
export { requiredNames } from "./required-names.ts";
export { createRequirements } from "./requirements.ts";
export type { Requirement, Requirements, SoldTerms } from "./requirements.ts";
export { splitByBound, warningsOfBound, warningsOfHosting, warningsOfRequired } from "./requirement-warnings.ts";
export type { SplitRequirements } from "./requirement-warnings.ts";
