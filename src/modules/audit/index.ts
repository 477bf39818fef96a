export { recordAuditEvent } from "./audit-events.ts";
export type { Actor, AuditDeps, AuditEvent } from "./audit-events.ts";
export { listAuditEvents, pageAuditEvents, walkAuditEvents } from "./list-audit-events.ts";
export type { AuditRecord, AuditSelection } from "./list-audit-events.ts";
export { createAuditSealer, sealAuditEvents } from "./seal-audit-events.ts";
export type { AuditSealer } from "./seal-audit-events.ts";
export { verifyAuditChain } from "./verify-audit-chain.ts";
export { createRefusals } from "./refusals.ts";
export type { Refusals } from "./refusals.ts";
