import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { SourceSchema } from "../sources/index.ts";
import { RequestSyncBody, RunListQuery, SourceProgress, SyncRun } from "./sync-schemas.ts";

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The source's `id`", examples: ["src_abc123"] }),
});

/** `POST /api/sources/{id}/sync`: what it takes and answers, and its description in openapi.json. */
export const requestSyncOperation = {
  config: { scope: "sources:write" as const },
  schema: {
    ...{ operationId: "requestSync", tags: ["sources"], summary: "Sync a source now" },
    description:
      "Answers at once; the sync begins within a second, or when the one that runs already has ended. An empty body is `{}`. Needs the scope `sources:write`.",
    "x-response-headers": { 202: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: NoQuery,
    body: RequestSyncBody,
    ...ownProblems({ never: ["resource.conflict"] }),
    response: { 202: SourceSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

/** `GET /api/sources/{id}/runs`: what it takes and answers, and its description in openapi.json. */
export const listRunsOperation = {
  config: { scope: "sources:read" as const },
  schema: {
    ...{ operationId: "listSyncRuns", tags: ["sources"], summary: "List the syncs of a source, newest first" },
    description: "Of the last 30 days. Needs the scope `sources:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    params: IdParams,
    querystring: RunListQuery,
    response: { 200: z.array(SyncRun).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/sources/{id}/progress`: what it takes and answers. */
export const watchProgressOperation = {
  config: { scope: "sources:read" as const },
  schema: {
    ...{ operationId: "watchSource", tags: ["sources"], summary: "Watch a source being synced, live" },
    description:
      "Server-sent events named `source`: how it is at once, then whenever that changes. The server ends the stream after five minutes, and when the source is removed; a client comes again, as `EventSource` does by itself. At most 10 at once for each caller. Needs the scope `sources:read`.",
    "x-media-type": "text/event-stream",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: SourceProgress, ...problems(400, 401, 403, 404, 429) },
  },
};
