import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { InstallFacts, Settings, UpdateSettingsBody } from "./setting-schemas.ts";

const tags = ["settings"];

/** `GET /api/settings`: what it takes and answers, and its description in openapi.json. */
export const getSettingsOperation = {
  config: { scope: "settings:read" as const },
  schema: {
    ...{ operationId: "getSettings", tags, summary: "What is set in the dashboard" },
    description:
      "Name and contact that buyers see, and how far the first steps are. Of the whole server, not of a shop. Needs the scope `settings:read`.",
    querystring: NoQuery,
    response: { 200: Settings, ...problems(400, 401, 403) },
  },
};

/** `PATCH /api/settings`: what it takes and answers, and its description in openapi.json. */
export const updateSettingsOperation = {
  config: { scope: "settings:write" as const },
  schema: {
    ...{ operationId: "updateSettings", tags, summary: "Change what is set in the dashboard" },
    description:
      "What is left out stays as it is, null clears. Of the whole server, not of a shop, so not for a management token with a package bound. Needs the scope `settings:write`.",
    querystring: NoQuery,
    body: UpdateSettingsBody,
    response: { 200: Settings, ...problems(400, 401, 403, 413, 415) },
  },
};

/** `GET /api/install`: what it takes and answers, and its description in openapi.json. */
export const getInstallFactsOperation = {
  config: { scope: "open" as const },
  schema: {
    ...{ operationId: "getInstallFacts", tags, summary: "What a buyer needs to install from here" },
    description:
      "For the public page /install: the address, as composer wants it, and whom to ask. It holds no secret and nothing about packages. Open: needs no credential.",
    security: [],
    querystring: NoQuery,
    response: { 200: InstallFacts, ...problems(400) },
  },
};
