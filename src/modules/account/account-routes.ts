import type { FastifyRequest } from "fastify";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { ClientAddress } from "../../platform/http/index.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { userOf } from "../callers/index.ts";
import { clearedSessionCookie } from "../sessions/index.ts";
import { tellOfFactor } from "../users/index.ts";
import {
  changePasswordOperation,
  confirmTotpOperation,
  disableTotpOperation,
  endOtherSessionsOperation,
  endOwnSessionOperation,
  listOwnSessionsOperation,
  readAccountOperation,
  renewRecoveryCodesOperation,
  startTotpOperation,
  updateAccountOperation,
} from "./account-operations.ts";
import {
  changePassword,
  endOtherSessions,
  endOwnSession,
  listOwnSessions,
  readAccount,
  renameAccount,
} from "./own-account.ts";
import type { AccountDeps, AccountOwner } from "./own-account.ts";
import { confirmTotp, disableTotp, renewRecoveryCodes, startTotp } from "./own-totp.ts";

export type AccountRouteDeps = AccountDeps & { clientAddress: ClientAddress; mail: Mail };

/** A user's own name, password, codes and sessions; for every role. */
export const accountRoutes: FastifyPluginCallbackZod<AccountRouteDeps> = (app, deps, done) => {
  const ownerOf = (request: FastifyRequest): AccountOwner => {
    const { actor, session } = userOf(request);
    return { actor, session, address: deps.clientAddress(request.raw) };
  };
  app.get("/api/account", readAccountOperation, (request) => readAccount(deps, ownerOf(request)));
  app.patch("/api/account", updateAccountOperation, (request) =>
    renameAccount(deps, ownerOf(request), { name: request.body.name ?? undefined }),
  );
  app.post("/api/account/password", changePasswordOperation, async (request, reply) => {
    const { current_password: currentPassword, new_password: newPassword } = request.body;
    const changed = await changePassword(deps, ownerOf(request), { currentPassword, newPassword });
    const { cookie, deviceCookie, csrfToken } = changed;
    void reply.header("set-cookie", [cookie, deviceCookie]);
    return { message: "Password changed" as const, csrf_token: csrfToken };
  });
  app.get("/api/account/sessions", listOwnSessionsOperation, (request) => listOwnSessions(deps, ownerOf(request)));
  app.delete("/api/account/sessions/:id", endOwnSessionOperation, async (request, reply) => {
    const owner = ownerOf(request);
    await endOwnSession(deps, owner, request.params.id);
    if (owner.session.id === request.params.id) void reply.header("set-cookie", clearedSessionCookie(deps.publicUrl));
    return { message: "Session ended" as const };
  });
  const endOthers = { ...endOtherSessionsOperation, preValidation: acceptEmptyBody };
  app.post("/api/account/sessions/end-others", endOthers, async (request) => ({
    message: "Sessions ended" as const,
    ended: await endOtherSessions(deps, ownerOf(request)),
  }));
  app.post("/api/account/totp", startTotpOperation, (request) =>
    startTotp(deps, ownerOf(request), request.body.current_password),
  );
  app.post("/api/account/totp/confirm", confirmTotpOperation, async (request, reply) => {
    const owner = ownerOf(request);
    const { cookie, csrfToken, recoveryCodes } = await confirmTotp(deps, owner, request.body.code);
    await tellOfFactor(deps, owner.actor.id, "authenticator_added");
    void reply.header("set-cookie", cookie);
    return { recovery_codes: recoveryCodes, csrf_token: csrfToken };
  });
  app.post("/api/account/totp/disable", disableTotpOperation, async (request, reply) => {
    const owner = ownerOf(request);
    const { cookie, csrfToken } = await disableTotp(deps, owner, request.body.current_password);
    await tellOfFactor(deps, owner.actor.id, "authenticator_removed");
    void reply.header("set-cookie", cookie);
    return { message: "Two-factor authentication is off" as const, csrf_token: csrfToken };
  });
  app.post("/api/account/recovery-codes", renewRecoveryCodesOperation, async (request) => {
    const owner = ownerOf(request);
    const recoveryCodes = await renewRecoveryCodes(deps, owner, request.body.current_password);
    await tellOfFactor(deps, owner.actor.id, "recovery_codes_renewed");
    return { recovery_codes: recoveryCodes };
  });
  done();
};
