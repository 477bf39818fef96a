export {
  COUNTED_ALREADY,
  auditableRenewal,
  hasCounted,
  renewEnd,
  renewalsOfLine,
  renewalsOfToken,
} from "./renew-end.ts";
export type { Renewal, RenewedEnd } from "./renew-end.ts";
export { RenewBody, readRenewal, renewalOutcomeFields } from "./renewal-schemas.ts";
