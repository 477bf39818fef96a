export { auditEventRoutes } from "./audit-event-routes.ts";
export { AuditEvent } from "./audit-event-schemas.ts";
export { listVisibleAuditEvents } from "./read-audit-events.ts";
export { recordSightOf } from "./record-sight.ts";
export type { RecordReader } from "./record-sight.ts";
