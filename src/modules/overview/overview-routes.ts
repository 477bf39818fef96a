import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf, withinShop } from "../callers/index.ts";
import { readOverviewOperation } from "./overview-operations.ts";
import { readOverview } from "./read-overview.ts";
import type { OverviewDeps } from "./read-overview.ts";

/** The first page of the dashboard in one answer. */
export const overviewRoutes: FastifyPluginCallbackZod<OverviewDeps> = (app, deps, done) => {
  app.get("/api/overview", readOverviewOperation, (request) =>
    readOverview(deps, withinShop(principalOf(request), request.query.shop), request.query),
  );
  done();
};
