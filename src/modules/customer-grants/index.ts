export { revokeGrantsOfCustomer } from "./cancel-line.ts";
export { customerGrantRoutes } from "./grant-routes.ts";
export { createRequirements, requiredNames } from "./requirements.ts";
