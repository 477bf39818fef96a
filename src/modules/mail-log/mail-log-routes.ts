import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { listMailsOperation, retryMailOperation } from "./mail-log-operations.ts";
import { listMails, retryMail } from "./mail-log.ts";
import type { MailLogDeps } from "./mail-log.ts";

/** What customers were mailed; a module of its own, because tokens themselves write to the outbox. */
export const mailLogRoutes: FastifyPluginCallbackZod<MailLogDeps & IdempotencyDeps & { publicUrl: string }> = (
  app,
  deps,
  done,
) => {
  app.get("/api/mails", listMailsOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const { mails, nextCursor } = await listMails(deps, caller, request.query);
    const address = `${deps.publicUrl}/api/mails`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return mails;
  });
  const retry = { ...retryMailOperation, preValidation: acceptEmptyBody };
  app.post("/api/mails/:id/retry", retry, (request, reply) => {
    const caller = principalOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const body = await retryMail(within, caller, request.params.id);
      return { status: 200, body, about: { token: body.token_id } };
    });
  });
  done();
};
