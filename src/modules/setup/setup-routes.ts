import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { ClientAddress } from "../../platform/http/index.ts";
import { presentLogin } from "../account/index.ts";
import { refuseForeignOrigin } from "../sessions/index.ts";
import { deviceCookie } from "../users/index.ts";
import { completeSetupOperation, getSetupOperation } from "./setup-operations.ts";
import { completeSetup, isSetupRequired } from "./setup.ts";
import type { SetupDeps } from "./setup.ts";

/** The first owner account; open, because there is nobody yet who could log in. */
export const setupRoutes: FastifyPluginCallbackZod<SetupDeps & { clientAddress: ClientAddress }> = (
  app,
  deps,
  done,
) => {
  app.get("/api/setup", getSetupOperation, async () => ({ required: await isSetupRequired(deps) }));
  app.post("/api/setup", completeSetupOperation, async (request, reply) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const address = deps.clientAddress(request.raw);
    const from = { address, userAgent: request.headers["user-agent"], requestId: request.id };
    const { user, started } = await completeSetup(deps, request.body, from);
    return await reply
      .code(201)
      .header("set-cookie", [started.cookie, deviceCookie(deps, user)])
      .send(presentLogin(user, started));
  });
  done();
};
