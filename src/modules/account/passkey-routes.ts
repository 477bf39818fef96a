import type { FastifyRequest } from "fastify";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { userOf } from "../callers/index.ts";
import { refuseForeignOrigin } from "../sessions/index.ts";
import { tellOfFactor } from "../users/index.ts";
import { presentLogin } from "./log-in.ts";
import type { AccountOwner } from "./own-account.ts";
import {
  addPasskey,
  beginPasskey,
  listPasskeys,
  presentPasskey,
  removePasskey,
  renamePasskey,
} from "./own-passkeys.ts";
import { logInWithPasskey, passkeyLogInOptions, passkeyStepUpOptions } from "./passkey-log-in.ts";
import {
  addPasskeyOperation,
  beginPasskeyOperation,
  listPasskeysOperation,
  passkeyLogInOperation,
  passkeyLogInOptionsOperation,
  passkeyStepUpOptionsOperation,
  removePasskeyOperation,
  renamePasskeyOperation,
} from "./passkey-operations.ts";
import type { SessionRouteDeps } from "./session-routes.ts";
import type { Assertion, Attestation } from "./verify-passkey.ts";

/** A user's own passkeys, and logging in with one. */
export const passkeyRoutes: FastifyPluginCallbackZod<SessionRouteDeps> = (app, deps, done) => {
  const ownerOf = (request: FastifyRequest): AccountOwner => {
    const { actor, session } = userOf(request);
    return { actor, session, address: deps.clientAddress(request.raw) };
  };
  app.get("/api/account/passkeys", listPasskeysOperation, (request) => listPasskeys(deps, ownerOf(request)));
  const begin = { ...beginPasskeyOperation, preValidation: acceptEmptyBody };
  app.post("/api/account/passkeys/options", begin, async (request) => ({
    ...(await beginPasskey(deps, ownerOf(request))),
  }));
  app.post("/api/account/passkeys", addPasskeyOperation, async (request, reply) => {
    const { name, response } = request.body;
    // The schema has checked every field; the library's type only says that absent ones are absent.
    const owner = ownerOf(request);
    const made = await addPasskey(deps, owner, { name, response: response as Attestation });
    await tellOfFactor(deps, owner.actor.id, "passkey_added");
    void reply.code(201).header("set-cookie", made.cookie);
    return {
      passkey: presentPasskey(made.passkey),
      recovery_codes: made.recoveryCodes,
      csrf_token: made.csrfToken,
    };
  });
  app.patch("/api/account/passkeys/:id", renamePasskeyOperation, (request) =>
    renamePasskey(deps, ownerOf(request), request.params.id, request.body.name),
  );
  app.delete("/api/account/passkeys/:id", removePasskeyOperation, async (request, reply) => {
    const owner = ownerOf(request);
    const { cookie, csrfToken } = await removePasskey(deps, owner, request.params.id);
    await tellOfFactor(deps, owner.actor.id, "passkey_removed");
    void reply.header("set-cookie", cookie);
    return { message: "Passkey removed" as const, csrf_token: csrfToken };
  });
  const beginStepUp = { ...passkeyStepUpOptionsOperation, preValidation: acceptEmptyBody };
  app.post("/api/session/step-up/passkey-options", beginStepUp, async (request) => ({
    ...(await passkeyStepUpOptions(deps, ownerOf(request))),
  }));
  const beginLogIn = { ...passkeyLogInOptionsOperation, preValidation: acceptEmptyBody };
  app.post("/api/session/passkey-options", beginLogIn, async (request) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    return { ...(await passkeyLogInOptions(deps)) };
  });
  app.post("/api/session/passkey", passkeyLogInOperation, async (request, reply) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const from = {
      address: deps.clientAddress(request.raw),
      userAgent: request.headers["user-agent"],
      requestId: request.id,
      headers: request.headers,
    };
    // As above.
    const { user, started, deviceCookie } = await logInWithPasskey(deps, from, request.body as Assertion);
    void reply.header("set-cookie", [started.cookie, deviceCookie]);
    return presentLogin(user, started);
  });
  done();
};
