import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { helpChangeFields, helpFields } from "../settings/index.ts";

const Shop = z
  .object({
    name: z.string().meta({ description: "What `?shop=` takes", examples: ["default"] }),
    ...helpFields,
    created_at: z.int().meta({ description: "Unix time in seconds", examples: [1735689600] }),
  })
  .meta({ id: "Shop", description: "A name space of customers, and where its buyers are sent" });

const UpdateShopBody = z
  .strictObject(helpChangeFields)
  .meta({ id: "UpdateShop", examples: [{ renew_url: "https://acme.example/account" }] });

/** `GET /api/shops`: what it takes and answers, and its description in openapi.json. */
export const listShopsOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "listShops", tags: ["shops"], summary: "List shops by name" },
    description:
      "A user of the dashboard sees all of them, a management token its own. A shop begins with its first management token. Needs the scope `tokens:read`.",
    querystring: NoQuery,
    response: { 200: z.array(Shop).meta({ description: "By name" }), ...problems(400, 401, 403) },
  },
};

/** `PATCH /api/shops/{shop}`: what it takes and answers, and its description in openapi.json. */
export const updateShopOperation = {
  config: { scope: "settings:write" as const },
  schema: {
    operationId: "updateShop",
    tags: ["shops"],
    summary: "Where a shop's buyers are sent",
    description:
      "The lines that composer prints end in these addresses, for tokens of this shop; what is not set is the server's (`PATCH /api/settings`), and a package can have its own. What is left out stays as it is, null clears. Not for a management token with a package bound. Needs the scope `settings:write`.",
    params: z.strictObject({ shop: storableText().meta({ description: "Its name", examples: ["default"] }) }),
    querystring: NoQuery,
    body: UpdateShopBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: Shop, ...problems(400, 401, 403, 404, 413, 415) },
  },
};
