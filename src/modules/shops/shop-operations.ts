import { z } from "zod";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";

const Shop = z
  .object({
    name: z.string().meta({ description: "What `?shop=` takes", examples: ["default"] }),
    created_at: z.int().meta({ description: "Unix time in seconds", examples: [1735689600] }),
  })
  .meta({ id: "Shop", description: "A name space of customers" });

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
