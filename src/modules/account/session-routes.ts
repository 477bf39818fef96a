import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { ClientAddress } from "../../platform/http/index.ts";
import { clearedSessionCookie, refuseForeignOrigin } from "../sessions/index.ts";
import { userOf } from "../callers/index.ts";
import { logIn, logOut, presentLogin, readSession } from "./log-in.ts";
import type { LoginDeps } from "./log-in-request.ts";
import { stepUp } from "./step-up.ts";
import type { Assertion } from "./verify-passkey.ts";
import { logInOperation, logOutOperation, readSessionOperation, stepUpOperation } from "./session-operations.ts";

export type SessionRouteDeps = LoginDeps & { clientAddress: ClientAddress };

/** Logging in and out, and who is logged in. */
export const sessionRoutes: FastifyPluginCallbackZod<SessionRouteDeps> = (app, deps, done) => {
  app.get("/api/session", readSessionOperation, (request) => readSession(deps, request.headers));
  app.post("/api/session", logInOperation, async (request, reply) => {
    refuseForeignOrigin(deps.publicUrl, request.headers);
    const from = {
      ...{ address: deps.clientAddress(request.raw), userAgent: request.headers["user-agent"] },
      ...{ requestId: request.id, headers: request.headers },
    };
    const { user, started, deviceCookie } = await logIn(deps, from, request.body);
    void reply.header("set-cookie", [started.cookie, deviceCookie]);
    return presentLogin(user, started);
  });
  app.post("/api/session/step-up", stepUpOperation, async (request, reply) => {
    const { actor, session } = userOf(request);
    const owner = { actor, session, address: deps.clientAddress(request.raw) };
    const { password, code, passkey } = request.body;
    // The schema has checked every field; the library's type only says that absent ones are absent.
    const signed = (passkey ?? undefined) as Assertion | undefined;
    const proof = { password: password ?? undefined, code: code ?? undefined, passkey: signed };
    const { cookie, csrfToken, provenUntil } = await stepUp(deps, owner, proof);
    void reply.header("set-cookie", cookie);
    return { message: "Confirmed" as const, csrf_token: csrfToken, proven_until: provenUntil };
  });
  app.delete("/api/session", logOutOperation, async (request, reply) => {
    await logOut(deps, { method: request.method, headers: request.headers, requestId: request.id });
    void reply.header("set-cookie", clearedSessionCookie(deps.publicUrl));
    return { message: "Logged out" as const };
  });
  done();
};
