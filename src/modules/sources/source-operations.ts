import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import {
  CreateSourceBody,
  RemovalImpact,
  RemovedSource,
  Source,
  SourceDetail,
  UpdateSourceBody,
} from "./source-schemas.ts";

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The source's `id`", examples: ["src_abc123"] }),
});
const READ = { scope: "sources:read" as const };
const WRITE = { scope: "sources:write" as const };
const tags = ["sources"];

/** `GET /api/sources`: what it takes and answers, and its description in openapi.json. */
export const listSourcesOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listSources", tags, summary: "List sources, oldest first" },
    description:
      "All of them, without pages. With a package bound only those whose filters all lie within it. Needs the scope `sources:read`.",
    querystring: NoQuery,
    response: { 200: z.array(Source).meta({ description: "Oldest first" }), ...problems(400, 401, 403) },
  },
};

/** `POST /api/sources`: what it takes and answers, and its description in openapi.json. */
export const createSourceOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "createSource", tags, summary: "Add a git repository that packages come from" },
    description:
      "It is synced at once; look at `state` for how that went. Whether anything answers at the URL is not waited for. Needs the scope `sources:write`.",
    "x-response-headers": { 201: REPLAYED },
    headers: IdempotencyHeaders,
    querystring: NoQuery,
    body: CreateSourceBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 201: Source, ...problems(400, 401, 403, 409, 413, 415, 422) },
  },
};

/** `GET /api/sources/{id}`: what it takes and answers, and its description in openapi.json. */
export const getSourceOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getSource", tags, summary: "One source, with what was skipped and why" },
    description: "Every branch and tag that its last sync did not import. Needs the scope `sources:read`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: SourceDetail, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/sources/{id}`: what it takes and answers, and its description in openapi.json. */
export const updateSourceOperation = {
  config: WRITE,
  schema: {
    operationId: "updateSource",
    tags,
    summary: "Change a source's URL, name, filters, branches or credentials",
    description:
      "Changes what is given and leaves the rest; null clears, a password with its user name. It is synced with the change at once. Another `url` is asked first, for at most 20 seconds, and refused with 400 unless it is the same repository: another one is another source. Needs the scope `sources:write`.",
    params: IdParams,
    querystring: NoQuery,
    body: UpdateSourceBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: Source, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `DELETE /api/sources/{id}`: what it takes and answers, and its description in openapi.json. */
export const removeSourceOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "removeSource", tags, summary: "Remove a source, and its versions from the repository" },
    description:
      "Nobody finds its versions any more; archives that lock files name go on being served to who may have them. Needs the scope `sources:write`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: RemovedSource, ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/sources/{id}/removal`: what it takes and answers, and its description in openapi.json. */
export const readRemovalOperation = {
  config: READ,
  schema: {
    ...{ operationId: "readSourceRemoval", tags, summary: "What would vanish with a source, and for how many" },
    description:
      "Changes nothing. The numbers are of every shop, because removing it concerns every shop. Needs the scope `sources:read`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: RemovalImpact, ...problems(400, 401, 403, 404) },
  },
};
