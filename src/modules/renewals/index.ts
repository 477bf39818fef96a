export { auditableRenewal, hasCounted, renewEnd, renewalsOfLine, renewalsOfToken } from "./renew-end.ts";
export type { Renewal, RenewedEnd } from "./renew-end.ts";
export { RenewBody, readRenewal, renewalOutcomeFields } from "./renewal-schemas.ts";
