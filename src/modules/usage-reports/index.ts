export { DAY_SECONDS, startOfDay } from "./days.ts";
export { reportUsage } from "./report-usage.ts";
export type { UsageReportDeps } from "./report-usage.ts";
export { usageRoutes } from "./usage-routes.ts";
export { CustomerUsageQuery, UsageRow } from "./usage-schemas.ts";
