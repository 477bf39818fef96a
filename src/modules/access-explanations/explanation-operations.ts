import { problems } from "../../platform/http/problem-schema.ts";
import { AccessExplanation, ExplainQuery } from "./explanation-schemas.ts";

/** `GET /api/access/explain`: what it takes and answers, and its description in openapi.json. */
export const explainAccessOperation = {
  config: { scope: "tokens:read" as const },
  schema: {
    ...{ operationId: "explainAccess", tags: ["grants"], summary: "Why something can be installed, or cannot" },
    description:
      "By the rule that decides what composer is shown, as of now. Takes one of `token_id` and `customer_id`. Without `version` it is asked of the newest one. Needs the scope `tokens:read`.",
    querystring: ExplainQuery,
    response: { 200: AccessExplanation, ...problems(400, 401, 403, 404) },
  },
};
