import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { presentMerge } from "../moves/index.ts";
import type { MoveDeps } from "../moves/index.ts";
import { createGuestOperation, joinGuestOperation, sendJoinCodeOperation } from "./guest-operations.ts";
import { joinGuest, makeGuest, makeJoinCode } from "./make-guest.ts";

type GuestRouteDeps = MoveDeps & IdempotencyDeps & { mail: Mail; publicUrl: string };

/** Buyers without an account, and how what they bought joins one. */
export const guestRoutes: FastifyPluginCallbackZod<GuestRouteDeps> = (app, deps, done) => {
  app.post("/api/guests", createGuestOperation, (request, reply) => {
    const caller = callerOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const { id, customer_id, shop, email } = await makeGuest(within, caller, request.body);
      return { status: 201, body: { customer_id, shop, email }, about: { customer: id } };
    });
  });
  const sending = { ...sendJoinCodeOperation, preValidation: acceptEmptyBody };
  app.post("/api/customers/:customer_id/join-code", sending, async (request) => {
    using slot = deps.mail.reserve();
    const { message, expiresAt } = await makeJoinCode(deps, callerOf(request), request.params.customer_id);
    slot?.send(message);
    return { message: "Code made" as const, mailed: slot !== undefined, expires_at: expiresAt };
  });
  app.post("/api/customers/:customer_id/join", joinGuestOperation, async (request) => {
    const merged = await joinGuest(deps, callerOf(request), request.params.customer_id, request.body);
    return presentMerge(deps, merged);
  });
  done();
};

function callerOf(request: Parameters<typeof principalOf>[0] & { query: { shop?: string | undefined } }) {
  return withinShop(principalOf(request), request.query.shop);
}
