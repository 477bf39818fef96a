import { Readable } from "node:stream";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { exportUsage } from "./export-usage.ts";
import { pageUsage } from "./report-usage.ts";
import type { UsageReportDeps } from "./report-usage.ts";
import { exportUsageOperation, reportUsageOperation } from "./usage-operations.ts";

/** Slow is fine; who reads nothing at all would keep a connection for ever. */
const STALLED_MS = 120_000;

/** What tokens were used for, over the API. */
export const usageRoutes: FastifyPluginCallbackZod<UsageReportDeps & { publicUrl: string }> = (app, deps, done) => {
  app.get("/api/usage", reportUsageOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { rows, nextCursor } = await pageUsage(deps, caller, request.query);
    const address = `${deps.publicUrl}/api/usage`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return rows;
  });
  app.get("/api/usage/export", exportUsageOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const lines = await exportUsage(deps, caller, request.query);
    void reply.header("content-type", "text/csv; charset=utf-8; header=present");
    void reply.header("content-disposition", 'attachment; filename="usage.csv"');
    reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
    // Fastify would read everything to answer a HEAD with nothing of it.
    const sent = request.method === "HEAD" ? [] : lines;
    return await reply.send(Readable.from(sent, { objectMode: false }) as never);
  });
  done();
};
