import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import {
  changeWebhook,
  createWebhook,
  listWebhooks,
  readWebhook,
  removeWebhook,
  rotateWebhookSecret,
} from "./manage-webhooks.ts";
import type { WebhookDeps } from "./manage-webhooks.ts";
import {
  createWebhookOperation,
  getWebhookOperation,
  listWebhooksOperation,
  removeWebhookOperation,
  rotateWebhookSecretOperation,
  updateWebhookOperation,
} from "./webhook-operations.ts";

export type WebhookRouteDeps = WebhookDeps & IdempotencyDeps & { publicUrl: string };

/** Where a shop's events are sent, and what came of it. */
export const webhookRoutes: FastifyPluginCallbackZod<WebhookRouteDeps> = (app, deps, done) => {
  app.get("/api/webhooks", listWebhooksOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { webhooks, nextCursor } = await listWebhooks(deps, caller, request.query);
    const address = `${deps.publicUrl}/api/webhooks`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return webhooks;
  });
  app.post("/api/webhooks", createWebhookOperation, (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    return answerOnce(deps, caller, request, reply, async (within) => {
      return { status: 201, body: await createWebhook(within, caller, request.body), about: null };
    });
  });
  app.get("/api/webhooks/:id", getWebhookOperation, (request) =>
    readWebhook(deps, withinShop(principalOf(request), request.query.shop), request.params.id),
  );
  app.patch("/api/webhooks/:id", updateWebhookOperation, (request) =>
    changeWebhook(deps, withinShop(principalOf(request), request.query.shop), request.params.id, request.body),
  );
  app.delete("/api/webhooks/:id", removeWebhookOperation, async (request) => {
    await removeWebhook(deps, withinShop(principalOf(request), request.query.shop), request.params.id);
    return { message: "Webhook removed" as const };
  });
  const rotate = { ...rotateWebhookSecretOperation, preValidation: acceptEmptyBody };
  app.post("/api/webhooks/:id/rotate-secret", rotate, (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { id } = request.params;
    return answerOnce(deps, caller, request, reply, async (within) => {
      return { status: 200, body: await rotateWebhookSecret(within, caller, id, request.body), about: null };
    });
  });
  done();
};
