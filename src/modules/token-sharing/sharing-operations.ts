import { z } from "zod";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { SharingListQuery, SharingParams, SharingSignal } from "./sharing-schemas.ts";

const tags = ["usage"];

/** `GET /api/sharing-signals`: what it takes and answers, and its description in openapi.json. */
export const listSharingSignalsOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "listSharingSignals", tags, summary: "Tokens that look shared, the newest first" },
    description:
      "Tokens that were used from more networks than the setting `sharing_networks_max` within `sharing_days`, during the last 30 days; not those that are revoked. It is a hint to ask, and blocks nothing. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: SharingListQuery,
    response: { 200: z.array(SharingSignal).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `DELETE /api/sharing-signals/{token_id}`: what it takes and answers, and its description in openapi.json. */
export const dismissSharingSignalOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "dismissSharingSignal", tags, summary: "Dismiss the signal of a token" },
    description:
      "Says that this many networks are in order for the token: it is told of again only past twice as many. Repeating it changes nothing and answers the same. Needs the scope `tokens:write`.",
    params: SharingParams,
    querystring: NoQuery,
    response: { 200: SharingSignal, ...problems(400, 401, 403, 404) },
  },
};
