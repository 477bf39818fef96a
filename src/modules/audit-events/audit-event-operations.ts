import { z } from "zod";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { AuditEvent, AuditEventExportQuery, AuditEventListQuery } from "./audit-event-schemas.ts";

const config = { scope: "audit:read" as const };
const tags = ["audit"];

/** `GET /api/audit-events`: what it takes and answers, and its description in openapi.json. */
export const listAuditEventsOperation = {
  config,
  schema: {
    ...{ operationId: "listAuditEvents", tags, summary: "List audit records, newest first" },
    description:
      "Of the management token's shop; and, without a package bound, those that belong to no shop, such as of sources. Several filters must all match. Needs the scope `audit:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: AuditEventListQuery,
    response: { 200: z.array(AuditEvent).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/audit-events/export`: what it takes and answers, and its description in openapi.json. */
export const exportAuditEventsOperation = {
  config,
  schema: {
    ...{ operationId: "exportAuditEvents", tags, summary: "Export all audit records, one JSON object a line" },
    description: "What the list shows, without pages, newest first. Needs the scope `audit:read`.",
    "x-media-type": "application/x-ndjson",
    querystring: AuditEventExportQuery,
    response: { 200: AuditEvent, ...problems(400, 401, 403, 404) },
  },
};
