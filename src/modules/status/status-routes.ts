import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { AppError } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";

const Status = z.object({ status: z.literal("ok") });

/** For load balancers and orchestrators, and the description of the API itself. */
export const statusRoutes: FastifyPluginCallbackZod<{ database: Pick<Database, "ping"> }> = (app, deps, done) => {
  app.get("/health", { schema: { hide: true, response: { 200: Status } } }, () => ({ status: "ok" as const }));
  app.get("/ready", { schema: { hide: true, response: { 200: Status } } }, async () => {
    try {
      await deps.database.ping();
    } catch (cause) {
      throw new AppError("service.unavailable", "The database does not answer.", { cause });
    }
    return { status: "ok" as const };
  });
  app.get("/api/openapi.json", { config: { scope: "open" }, schema: { hide: true } }, () => app.swagger());
  done();
};
