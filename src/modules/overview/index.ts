export { overviewRoutes } from "./overview-routes.ts";
export { readOverview } from "./read-overview.ts";
