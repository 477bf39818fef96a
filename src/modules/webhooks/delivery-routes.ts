import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import { listDeliveriesOperation, replayDeliveryOperation, testWebhookOperation } from "./delivery-operations.ts";
import { listDeliveries, replayDelivery, testWebhook } from "./manage-deliveries.ts";
import type { WebhookRouteDeps } from "./webhook-routes.ts";

/** What was sent to a webhook, and sending more. */
export const deliveryRoutes: FastifyPluginCallbackZod<WebhookRouteDeps> = (app, deps, done) => {
  const test = { ...testWebhookOperation, preValidation: acceptEmptyBody };
  app.post("/api/webhooks/:id/test", test, (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    return answerOnce(deps, caller, request, reply, async (within) => {
      return { status: 202, body: await testWebhook(within, caller, request.params.id), about: null };
    });
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
  app.post("/api/webhooks/:id/deliveries/:delivery/replay", replay, (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { id, delivery } = request.params;
    return answerOnce(deps, caller, request, reply, async (within) => {
      // A message may name a guest, or who had its token before.
      return { status: 202, body: await replayDelivery(within, caller, id, delivery), about: "anybody" };
    });
  });
  done();
};
