export { auditEventRoutes } from "./audit-event-routes.ts";
