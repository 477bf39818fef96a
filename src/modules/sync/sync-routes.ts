import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { idempotent, runOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf } from "../callers/index.ts";
import type { SourceSchema } from "../sources/index.ts";
import { listRuns } from "./list-runs.ts";
import { requestSync } from "./request-sync.ts";
import type { RequestSyncDeps } from "./request-sync.ts";
import { listRunsOperation, requestSyncOperation } from "./sync-operations.ts";

export type SyncRouteDeps = RequestSyncDeps & IdempotencyDeps & { publicUrl: string };

/** Reading sources now, and how it went before. */
export const syncRoutes: FastifyPluginCallbackZod<SyncRouteDeps> = (app, deps, done) => {
  const syncNow = { ...requestSyncOperation, preValidation: acceptEmptyBody };
  app.post("/api/sources/:id/sync", syncNow, async (request, reply) => {
    const caller = principalOf(request);
    const answer = await runOnce(deps, idempotent(caller.actor.id, request), async ({ transaction }) => {
      const within = { ...deps, database: { ...deps.database, transaction } };
      return { status: 202, body: await requestSync(within, caller, request.params.id) };
    });
    if (answer.replayed) void reply.header("idempotency-replayed", "true");
    return await reply.code(202).send(answer.body as z.infer<typeof SourceSchema>);
  });
  app.get("/api/sources/:id/runs", listRunsOperation, async (request, reply) => {
    const { id } = request.params;
    const { runs, nextCursor } = await listRuns(deps, principalOf(request), id, request.query);
    const address = `${deps.publicUrl}/api/sources/${id}/runs`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return runs;
  });
  done();
};
