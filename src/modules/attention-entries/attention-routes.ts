import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { dismissAttention, listAttention } from "./attention-entries.ts";
import type { TokenDeps } from "../tokens/index.ts";
import type { AttentionDeps } from "./attention-entries.ts";
import {
  confirmAttentionOperation,
  dismissAttentionOperation,
  listAttentionOperation,
} from "./attention-operations.ts";
import { confirmAttention } from "./confirm-attention.ts";

export type AttentionRouteDeps = AttentionDeps & TokenDeps & IdempotencyDeps & { publicUrl: string };

const PATH = "/api/attention";

/** What somebody should look at; a module of its own, because tokens themselves ask for it. */
export const attentionRoutes: FastifyPluginCallbackZod<AttentionRouteDeps> = (app, deps, done) => {
  app.get(PATH, listAttentionOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { entries, nextCursor } = await listAttention(deps, caller, request.query);
    const address = `${deps.publicUrl}${PATH}`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return entries;
  });
  const dismissal = { ...dismissAttentionOperation, preValidation: acceptEmptyBody };
  app.post(`${PATH}/:id/dismiss`, dismissal, (request, reply) => {
    const caller = principalOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const { entry, customer } = await dismissAttention(within, caller, request.params.id);
      return { status: 200, body: entry, about: customer === null ? null : { customer } };
    });
  });
  const confirmation = { ...confirmAttentionOperation, preValidation: acceptEmptyBody };
  app.post(`${PATH}/:id/confirm`, confirmation, (request, reply) => {
    const caller = principalOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const { entry, customer } = await confirmAttention(within, caller, request.params.id);
      return { status: 200, body: entry, about: customer === null ? null : { customer } };
    });
  });
  done();
};
