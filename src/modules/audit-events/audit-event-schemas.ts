import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryText } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

function queryTime(description: string) {
  return queryText(20)
    .refine((text) => /^\d{1,11}$/.test(text), "must be a whole number of Unix seconds, not milliseconds")
    .transform(Number)
    .optional()
    .meta({ description, examples: ["1735689600"] });
}

const filters = {
  shop: shopParameter,
  action: queryText(100)
    .optional()
    .meta({ description: "What was done", examples: ["token.created"] }),
  actor_id: queryText(100)
    .optional()
    .meta({ description: "Who did it: the `id` of a management token or a user", examples: ["mgmt_abc123"] }),
  target_id: queryText(300)
    .optional()
    .meta({ description: "What it was done to, such as a token's `id`", examples: ["token_abc123"] }),
  customer_id: queryText(255)
    .optional()
    .meta({ description: "The shop's own id of a customer, as in `metadata.customer_id`", examples: ["cust_123"] }),
  since: queryTime("Unix seconds, that second included"),
  until: queryTime("Unix seconds, that second not included"),
};

export const AuditEventListQuery = z.strictObject({ ...filters, limit: pageLimit(), cursor: pageCursor() });
export type AuditEventListQuery = z.infer<typeof AuditEventListQuery>;

export const AuditEventExportQuery = z.strictObject(filters);
export type AuditEventExportQuery = z.infer<typeof AuditEventExportQuery>;

export const AuditEvent = z
  .object({
    id: z.string().meta({ examples: ["evt_abc123"] }),
    sequence: z.int().nullable().meta({ description: "Its place in the sealed chain; null: not sealed yet" }),
    occurred_at: UnixSeconds,
    actor: z.object({
      kind: z.string().meta({ examples: ["management_token"] }),
      id: z.string().nullable().meta({ description: "null: the command line or the server itself" }),
    }),
    action: z.string().meta({ examples: ["token.created"] }),
    target: z.object({ kind: z.string().meta({ examples: ["token"] }), id: z.string() }),
    shop: z.string().nullable().meta({ description: "null: it belongs to no shop" }),
    request_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).meta({ description: "`before` and `after` of what changed" }),
    personal: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What may identify a person; null: nothing, or erased" }),
  })
  .meta({ id: "AuditEvent", description: "One record of the audit log; of an export one such object a line" });
