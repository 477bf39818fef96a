import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryText, queryTime } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const filters = {
  shop: shopParameter,
  action: queryText(100)
    .optional()
    .meta({
      description: "What was done; with a `.` or `*` at the end everything that begins so, such as `token.`",
      examples: ["token.created"],
    }),
  q: queryText(300)
    .optional()
    .meta({
      description: "The `id` of whoever did it, of what it was done to, of the request or of the record, exactly",
      examples: ["req_abc123"],
    }),
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
      label: z.string().nullable().meta({ description: "The name of a management token or user; null: none, or gone" }),
    }),
    action: z.string().meta({ examples: ["token.created"] }),
    target: z.object({
      kind: z.string().meta({ examples: ["token"] }),
      id: z.string(),
      label: z
        .string()
        .nullable()
        .meta({
          description:
            "What people call it now; null: it has no name, was removed or erased, or is not for this reader",
          examples: ["ada@example.com …x7Qz"],
        }),
    }),
    shop: z.string().nullable().meta({ description: "null: it belongs to no shop" }),
    customer_id: z.string().nullable().meta({ description: "The shop's own id of the customer it is about" }),
    request_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).meta({
      description: "`before` and `after` of what changed; with them what was asked for as `renewal`",
    }),
    personal: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What may identify a person; null: nothing, erased, or not for this reader" }),
  })
  .meta({ id: "AuditEvent", description: "One record of the audit log; of an export one such object a line" });

export const AuditVerification = z
  .object({
    valid: z.boolean().meta({ description: "No record was edited, removed, reordered or cut off" }),
    records: z.int().meta({ description: "How many of the chain were looked at" }),
    unsealed: z.int().meta({ description: "How many are not in the chain yet, which is no error" }),
    head: z.string().meta({
      description:
        "Where the chain ends. Keep it elsewhere: `audit verify --expect` notices a database that was set back",
    }),
    compared_with: z.array(z.string()).meta({
      description: "Ends of the chain that were kept outside of the database and must be part of it, in words",
    }),
    problem: z.string().nullable().meta({ description: "The first thing that is wrong, in words" }),
  })
  .meta({ id: "AuditVerification", description: "What walking the whole chain of records found" });
