import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { dismissSharingSignalOperation, listSharingSignalsOperation } from "./sharing-operations.ts";
import { dismissSharingSignal, listSharingSignals } from "./sharing-signals.ts";
import type { SharingSignalDeps } from "./sharing-signals.ts";

const PATH = "/api/sharing-signals";

/** Which tokens look shared, and that somebody found one in order. */
export const tokenSharingRoutes: FastifyPluginCallbackZod<SharingSignalDeps & { publicUrl: string }> = (
  app,
  deps,
  done,
) => {
  app.get(PATH, listSharingSignalsOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { signals, nextCursor } = await listSharingSignals(deps, caller, request.query);
    const address = `${deps.publicUrl}${PATH}`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return signals;
  });
  app.delete(`${PATH}/:token_id`, dismissSharingSignalOperation, (request) =>
    dismissSharingSignal(deps, principalOf(request), request.params.token_id),
  );
  done();
};
