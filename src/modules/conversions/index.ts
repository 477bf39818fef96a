export { convertMany, listConvertible, previewMany } from "./convert-many.ts";
export type { Refusal } from "./convert-many.ts";
export type { ConversionDeps } from "./convert-token.ts";
export { conversionRoutes } from "./conversion-routes.ts";
