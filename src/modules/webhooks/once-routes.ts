import type { FastifyReply, FastifyRequest } from "fastify";
import { principalOf } from "../callers/index.ts";
import { idempotent, runOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import type { WebhookDeps } from "./manage-webhooks.ts";

export type WebhookRouteDeps = WebhookDeps & IdempotencyDeps & { publicUrl: string };

/** Runs what a route does once for each Idempotency-Key, in one transaction with it, and answers `status`. */
export async function once(
  deps: WebhookRouteDeps,
  reply: FastifyReply,
  request: Pick<FastifyRequest, "method" | "headers" | "body" | "params" | "query" | "routeOptions"> & {
    principal: unknown;
  },
  status: number,
  effect: (within: WebhookDeps) => Promise<unknown>,
): Promise<unknown> {
  const caller = principalOf(request as FastifyRequest);
  const answer = await runOnce(deps, idempotent(caller.actor.id, request), async (transactional) => ({
    status,
    body: await effect({ ...deps, database: { ...deps.database, ...transactional } }),
  }));
  if (answer.replayed) void reply.header("idempotency-replayed", "true");
  return answer.body;
}
