import { Readable } from "node:stream";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import {
  exportAuditEventsOperation,
  listAuditEventsOperation,
  verifyAuditEventsOperation,
} from "./audit-event-operations.ts";
import { exportAuditEvents, listVisibleAuditEvents } from "./read-audit-events.ts";
import type { AuditReadDeps } from "./read-audit-events.ts";
import { createAuditVerifier } from "./verify-audit-events.ts";
import type { AuditVerifierDeps } from "./verify-audit-events.ts";

type AuditEventRouteDeps = AuditReadDeps & AuditVerifierDeps & { publicUrl: string };

/** The audit log over the API; a module of its own, because authentication itself writes to the log. */
export const auditEventRoutes: FastifyPluginCallbackZod<AuditEventRouteDeps> = (app, deps, done) => {
  const verify = createAuditVerifier(deps);
  app.get("/api/audit-events", listAuditEventsOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { records, nextCursor } = await listVisibleAuditEvents(deps, caller, request.query);
    const address = `${deps.publicUrl}/api/audit-events`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return records;
  });
  app.get("/api/audit-events/export", exportAuditEventsOperation, async (request, reply) => {
    void reply.header("content-type", "application/x-ndjson");
    void reply.header("content-disposition", 'attachment; filename="audit-events.ndjson"');
    // Fastify would read the whole log to answer a HEAD with nothing of it.
    const caller = withinShop(principalOf(request), request.query.shop);
    const lines = request.method === "HEAD" ? [] : await exportAuditEvents(deps, caller, request.query);
    // The schema describes a line; what is sent is a stream of them.
    return await reply.send(Readable.from(lines, { objectMode: false }) as never);
  });
  app.post("/api/audit-events/verify", verifyAuditEventsOperation, (request) => verify(principalOf(request)));
  done();
};
