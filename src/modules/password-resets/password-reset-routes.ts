import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { ClientAddress } from "../../platform/http/index.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { principalOf } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import { refuseForeignOrigin } from "../sessions/index.ts";
import { completePasswordReset } from "./complete-password-reset.ts";
import { createPasswordReset } from "./create-password-reset.ts";
import type { PasswordResetDeps } from "./create-password-reset.ts";
import {
  completePasswordResetOperation,
  createPasswordResetOperation,
  requestPasswordResetOperation,
} from "./password-reset-operations.ts";
import { requestPasswordReset } from "./request-password-reset.ts";

export type PasswordResetRouteDeps = PasswordResetDeps & { mail: Mail; clientAddress: ClientAddress };

/** A new password for whoever forgot theirs: by mail, or with the help of an owner or admin. */
export const passwordResetRoutes: FastifyPluginCallbackZod<PasswordResetRouteDeps> = (app, deps, done) => {
  app.post("/api/password-resets", requestPasswordResetOperation, async (request, reply) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const address = deps.clientAddress(request.raw);
    const from = { address, headers: request.headers, requestId: request.id };
    const message = await requestPasswordReset(deps, { email: request.body.email, ...from });
    return await reply.code(202).send({ message });
  });
  app.post("/api/password-resets/complete", completePasswordResetOperation, async (request, reply) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const { deviceCookie } = await completePasswordReset(deps, { ...request.body, requestId: request.id });
    void reply.header("set-cookie", deviceCookie);
    return { message: "Password changed; log in with it" as const };
  });
  const creation = { ...createPasswordResetOperation, preValidation: acceptEmptyBody };
  app.post("/api/users/:id/password-reset", creation, async (request, reply) => {
    const caller = principalOf(request);
    const messages: Parameters<Mail["send"]>[0][] = [];
    using slot = deps.mail.reserve();
    const answer = await answerOnce(deps, caller, request, reply, async (within) => {
      const { link, expiresAt, message } = await createPasswordReset(within, caller, request.params.id);
      messages.push(message);
      return { status: 201, body: { link, expires_at: expiresAt, mailed: slot !== undefined }, about: null };
    });
    for (const message of messages) slot?.send(message);
    return answer;
  });
  done();
};
