import { z } from "zod";
import { problems } from "../../platform/http/problem-schema.ts";
import { UsageQuery, UsageRow } from "./usage-schemas.ts";

/** `GET /api/usage`: what it takes and answers, and its description in openapi.json. */
export const reportUsageOperation = {
  config: { scope: "usage:read" as const },
  schema: {
    ...{ operationId: "reportUsage", tags: ["usage"], summary: "Requests, downloads and installs" },
    description:
      "Of the tokens of the management token's shop, within its package bound. Several filters must all match. Needs the scope `usage:read`.",
    querystring: UsageQuery,
    response: { 200: z.array(UsageRow).meta({ description: "By day, oldest first" }), ...problems(400, 401, 403, 404) },
  },
};
