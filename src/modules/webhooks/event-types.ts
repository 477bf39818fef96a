/** Every event there is. Names are public: add freely, never rename. */
export const EVENT_TYPES = [
  "token.created",
  "token.updated",
  "token.rotated",
  "token.revoked",
  "token.restored",
  "token.suspended",
  "token.resumed",
  "token.erased",
  "token.moved",
  "token.leaked",
  "token.expiring",
  "token.expired",
  "token.sharing_suspected",
  "token.sharing_dismissed",
  "grant.created",
  "grant.updated",
  "grant.revoked",
  "grant.expired",
  "customer.updated",
  "customer.revoked",
  "customer.restored",
  "customer.suspended",
  "customer.resumed",
  "customer.transferred",
  "customer.merged",
  "customer.unmerged",
  "customer.erased",
  "order.moved",
  "order.revoked",
  "order.restored",
  "order.suspended",
  "order.resumed",
  "mail.failed",
  "source.failing",
  "source.recovered",
  "source.version_skipped",
  "package.version_released",
  "package.renamed",
] as const;

/** Sent by the test operation, whatever a webhook wants to hear. */
export const TEST_EVENT = "webhook.test";

const FAMILIES = [...new Set(EVENT_TYPES.map((type) => `${type.split(".")[0] ?? ""}.*`))];

/** What an entry of `events` may be. */
export const EVENT_PATTERNS: readonly string[] = ["*", ...FAMILIES, ...EVENT_TYPES];

/** Whether somebody who wants `patterns` wants this event. */
export function wants(patterns: readonly string[], type: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === "*" || pattern === type || (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1))),
  );
}
