import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { whenClientLeaves } from "../../platform/http/client-leaves.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import type { Database } from "../../schema.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf } from "../callers/index.ts";
import type { ProbeInput } from "../sources/index.ts";
import { listRuns } from "./list-runs.ts";
import { probeSourceOperation } from "./probe-operations.ts";
import type { ProbeBody } from "./probe-operations.ts";
import { toSourceAnswer } from "../sources/index.ts";
import { createProber } from "./probe-source.ts";
import type { ProbeDeps } from "./probe-source.ts";
import { requestSync } from "./request-sync.ts";
import type { RequestSyncDeps } from "./request-sync.ts";
import { createProgressWatches } from "./watch-progress.ts";
import type { ProgressWatchDeps } from "./watch-progress.ts";
import { listRunsOperation, requestSyncOperation, watchProgressOperation } from "./sync-operations.ts";

export type SyncRouteDeps = RequestSyncDeps &
  IdempotencyDeps &
  ProbeDeps &
  Pick<ProgressWatchDeps, "sessionLifetime"> & { database: Pick<Database, "changes">; publicUrl: string };

/** Reading sources now, and how it went before. */
export const syncRoutes: FastifyPluginCallbackZod<SyncRouteDeps> = (app, deps, done) => {
  const syncNow = { ...requestSyncOperation, preValidation: acceptEmptyBody };
  app.post("/api/sources/:id/sync", syncNow, (request, reply) => {
    const caller = principalOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const source = await requestSync(within, caller, request.params.id);
      return { status: 202, body: toSourceAnswer(source), about: null };
    });
  });
  app.get("/api/sources/:id/runs", listRunsOperation, async (request, reply) => {
    const { id } = request.params;
    const { runs, nextCursor } = await listRuns(deps, principalOf(request), id, request.query);
    const address = `${deps.publicUrl}/api/sources/${id}/runs`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return runs;
  });
  const watches = createProgressWatches(deps);
  const prober = createProber(deps);
  app.addHook("preClose", (closed) => {
    watches.close();
    prober.close();
    closed();
  });
  app.post("/api/sources/probe", probeSourceOperation, async (request, reply) => {
    const gone = whenClientLeaves(request.raw, reply.raw);
    const result = await prober.probe(principalOf(request), toProbeInput(request.body), gone);
    return result as z.infer<(typeof probeSourceOperation.schema.response)[200]>;
  });
  app.get("/api/sources/:id/progress", watchProgressOperation, async (request, reply) => {
    // A HEAD would never come to the end of it.
    const gone = request.method === "HEAD" ? AbortSignal.abort() : whenClientLeaves(request.raw, reply.raw);
    const stream = await watches.watch(principalOf(request), request.params.id, gone);
    void reply.header("content-type", "text/event-stream").header("x-accel-buffering", "no");
    // The schema describes the data of an event; what is sent is a stream of them.
    return await reply.send(stream as never);
  });
  done();
};

function toProbeInput({ source_id, url, filters, branches, username, password }: ProbeBody): ProbeInput {
  return {
    sourceId: source_id ?? undefined,
    url: url ?? undefined,
    filters: filters ?? undefined,
    branches: branches ?? undefined,
    username: username ?? undefined,
    password: password ?? undefined,
  };
}
