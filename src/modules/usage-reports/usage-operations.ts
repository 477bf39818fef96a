import { z } from "zod";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { UsageExportQuery, UsageQuery, UsageRow } from "./usage-schemas.ts";

const config = { scope: "usage:read" as const };
const tags = ["usage"];

/** `GET /api/usage`: what it takes and answers, and its description in openapi.json. */
export const reportUsageOperation = {
  config,
  schema: {
    ...{ operationId: "reportUsage", tags, summary: "Requests, downloads and installs" },
    description:
      "Of the tokens of the management token's shop, within its package bound. Several filters must all match. The sums of one span are the same however they are grouped. Needs the scope `usage:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: UsageQuery,
    response: {
      200: z.array(UsageRow).meta({ description: "By day, oldest first; otherwise what was downloaded most first" }),
      ...problems(400, 401, 403, 404),
    },
  },
};

/** `GET /api/usage/export`: what it takes and answers, and its description in openapi.json. */
export const exportUsageOperation = {
  config: { ...config, stepUp: true as const },
  schema: {
    ...{ operationId: "exportUsage", tags, summary: "Export requests, downloads and installs as CSV" },
    description:
      "What the report says, without pages, one line each after a line of names: `day,shop,token_id,customer_id,package,version,requests,downloads,installs`. What does not belong to the grouping is empty. A text that a spreadsheet would take for a formula begins with an apostrophe. Needs the scope `usage:read`.",
    "x-media-type": "text/csv; charset=utf-8; header=present",
    querystring: UsageExportQuery,
    response: { 200: z.string().meta({ description: "CSV by RFC 4180, in UTF-8" }), ...problems(400, 401, 403, 404) },
  },
};
