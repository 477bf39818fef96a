import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { listDeliveriesOperation, replayDeliveryOperation, testWebhookOperation } from "./delivery-operations.ts";
import { listDeliveries, replayDelivery, testWebhook } from "./manage-deliveries.ts";
import { once } from "./once-routes.ts";
import type { WebhookRouteDeps } from "./once-routes.ts";
import type { WebhookDelivery } from "./webhook-schemas.ts";

/** What was sent to a webhook, and sending more. */
export const deliveryRoutes: FastifyPluginCallbackZod<WebhookRouteDeps> = (app, deps, done) => {
  const test = { ...testWebhookOperation, preValidation: acceptEmptyBody };
  app.post("/api/webhooks/:id/test", test, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const body = await once(deps, reply, request, 202, (within) => testWebhook(within, caller, request.params.id));
    return await reply.code(202).send(body as z.infer<typeof WebhookDelivery>);
  });
  app.get("/api/webhooks/:id/deliveries", listDeliveriesOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { id } = request.params;
    const { deliveries, nextCursor } = await listDeliveries(deps, caller, id, request.query);
    const address = `${deps.publicUrl}/api/webhooks/${id}/deliveries`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return deliveries;
  });
  const replay = { ...replayDeliveryOperation, preValidation: acceptEmptyBody };
  app.post("/api/webhooks/:id/deliveries/:delivery/replay", replay, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { id, delivery } = request.params;
    const body = await once(deps, reply, request, 202, (within) => replayDelivery(within, caller, id, delivery));
    return await reply.code(202).send(body as z.infer<typeof WebhookDelivery>);
  });
  done();
};
