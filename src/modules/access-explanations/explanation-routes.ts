import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf, withinShop } from "../callers/index.ts";
import { explainAccess } from "./explain-access.ts";
import { explainAccessOperation } from "./explanation-operations.ts";
import type { ExplainDeps } from "./find-holder.ts";

/** "Why can't they install it?" */
export const accessExplanationRoutes: FastifyPluginCallbackZod<ExplainDeps> = (app, deps, done) => {
  app.get("/api/access/explain", explainAccessOperation, (request) =>
    explainAccess(deps, withinShop(principalOf(request), request.query.shop), request.query),
  );
  done();
};
