import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { AppError } from "../../platform/errors.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Database } from "../../schema.ts";

const Status = z.object({ status: z.literal("ok") });
const Readiness = z.object({ status: z.enum(["ok", "without_key"]) });

interface StatusDeps {
  database: Pick<Database, "ping">;
  cipher: Pick<Cipher, "hasKey">;
}

/** For load balancers and orchestrators, and the description of the API itself. */
export const statusRoutes: FastifyPluginCallbackZod<StatusDeps> = (app, deps, done) => {
  app.get("/health", { schema: { hide: true, response: { 200: Status } } }, () => ({ status: "ok" as const }));
  app.get("/ready", { schema: { hide: true, response: { 200: Readiness } } }, async () => {
    try {
      await deps.database.ping();
    } catch (cause) {
      throw new AppError("service.unavailable", "The database does not answer.", { cause });
    }
    // 200 as well without the key: whoever takes the server out for it takes composer's reads from customers.
    return { status: deps.cipher.hasKey ? ("ok" as const) : ("without_key" as const) };
  });
  app.get("/api/openapi.json", { config: { scope: "open" }, schema: { hide: true } }, () => app.swagger());
  done();
};
