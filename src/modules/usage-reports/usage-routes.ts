import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf, withinShop } from "../callers/index.ts";
import { reportUsage } from "./report-usage.ts";
import type { UsageReportDeps } from "./report-usage.ts";
import { reportUsageOperation } from "./usage-operations.ts";

/** What tokens were used for, over the API. */
export const usageRoutes: FastifyPluginCallbackZod<UsageReportDeps> = (app, deps, done) => {
  app.get("/api/usage", reportUsageOperation, (request) =>
    reportUsage(deps, withinShop(principalOf(request), request.query.shop), request.query),
  );
  done();
};
