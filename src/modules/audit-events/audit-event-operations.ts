import { z } from "zod";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { AuditEvent, AuditEventExportQuery, AuditEventListQuery, AuditVerification } from "./audit-event-schemas.ts";

const config = { scope: "audit:read" as const };
const tags = ["audit"];

/** `GET /api/audit-events`: what it takes and answers, and its description in openapi.json. */
export const listAuditEventsOperation = {
  config,
  schema: {
    ...{ operationId: "listAuditEvents", tags, summary: "List audit records, newest first" },
    description:
      "Of the management token's shop; and, without a package bound, those that belong to no shop, such as of sources. What identifies users is shown with `users:read` only, and no record of customers, tokens or packages outside a package bound: pages may be short there. Several filters must all match. Needs the scope `audit:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: AuditEventListQuery,
    response: { 200: z.array(AuditEvent).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/audit-events/export`: what it takes and answers, and its description in openapi.json. */
export const exportAuditEventsOperation = {
  config: { ...config, stepUp: true as const },
  schema: {
    ...{ operationId: "exportAuditEvents", tags, summary: "Export all audit records, one JSON object a line" },
    description: "What the list shows, without pages, newest first. Needs the scope `audit:read`.",
    "x-media-type": "application/x-ndjson",
    querystring: AuditEventExportQuery,
    response: { 200: AuditEvent, ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/audit-events/verify`: what it takes and answers, and its description in openapi.json. */
export const verifyAuditEventsOperation = {
  config,
  schema: {
    ...{ operationId: "verifyAuditEvents", tags, summary: "Check the whole chain of audit records" },
    description:
      "Changes nothing. Reads every record, which takes a minute or two for a million; whoever asks meanwhile gets the same answer. Not for a management token with a package bound. Needs the scope `audit:read`.",
    querystring: NoQuery,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: AuditVerification, ...problems(400, 401, 403, 413, 415) },
  },
};
