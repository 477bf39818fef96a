import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { ClientAddress } from "../../platform/http/index.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { presentLogin } from "../account/index.ts";
import { principalOf } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import { refuseForeignOrigin } from "../sessions/index.ts";
import { deviceCookie, presentUser } from "../users/index.ts";
import { acceptInvitation, lookUpInvitation } from "./accept-invitation.ts";
import type { AcceptanceDeps } from "./accept-invitation.ts";
import {
  acceptInvitationOperation,
  createInvitationOperation,
  lookUpInvitationOperation,
} from "./invitation-operations.ts";
import { inviteUser } from "./invite-user.ts";

export type InvitationRouteDeps = AcceptanceDeps & { mail: Mail; clientAddress: ClientAddress };

/** How further users come in. */
export const invitationRoutes: FastifyPluginCallbackZod<InvitationRouteDeps> = (app, deps, done) => {
  app.post("/api/invitations", createInvitationOperation, async (request, reply) => {
    const caller = principalOf(request);
    const messages: Parameters<Mail["send"]>[0][] = [];
    using slot = deps.mail.reserve();
    const answer = await answerOnce(deps, caller, request, reply, async (within) => {
      const { email, name, role } = request.body;
      const sent = await inviteUser(within, caller, { email, name: name ?? undefined, role });
      messages.push(sent.message);
      const { user, link, expiresAt } = sent;
      const body = { user: presentUser(user), link, expires_at: expiresAt, mailed: slot !== undefined };
      return { status: 201, body, about: null };
    });
    for (const message of messages) slot?.send(message);
    return answer;
  });
  app.post("/api/invitations/lookup", lookUpInvitationOperation, async (request) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const { user, expiresAt } = await lookUpInvitation(deps, request.body.token);
    return { email: user.email ?? "", name: user.name, role: user.role, expires_at: expiresAt };
  });
  app.post("/api/invitations/accept", acceptInvitationOperation, async (request, reply) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const address = deps.clientAddress(request.raw);
    const from = { address, userAgent: request.headers["user-agent"], requestId: request.id };
    const { token, name, password } = request.body;
    const { user, started } = await acceptInvitation(deps, { token, name: name ?? undefined, password }, from);
    return await reply
      .header("set-cookie", [started.cookie, deviceCookie(deps, user)])
      .send(presentLogin(user, started));
  });
  done();
};
