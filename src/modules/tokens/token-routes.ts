import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { forgetExpired, idempotent, runOnce } from "../idempotency/index.ts";
import type { Answer, IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import type { Instructions } from "../customer-mails/index.ts";
import { createToken } from "./create-token.ts";
import type { CreateTokenDeps, CreateTokenResult } from "./create-token.ts";
import { listTokens, readToken } from "./find-token.ts";
import type { ReadTokenDeps } from "./find-token.ts";
import { instructionsFor } from "./token-instructions.ts";
import type { InstructionDeps } from "./token-instructions.ts";
import { revokeToken } from "./revoke-token.ts";
import { rotateToken } from "./rotate-token.ts";
import {
  createTokenOperation,
  getTokenOperation,
  listTokensOperation,
  revokeTokenOperation,
  rotateTokenOperation,
  updateTokenOperation,
} from "./token-operations.ts";
import type { CreatedToken, DuplicateToken, RotatedToken } from "./token-schemas.ts";
import { changeToken } from "./update-token.ts";

export type TokenRouteDeps = InstructionDeps &
  CreateTokenDeps &
  ReadTokenDeps &
  IdempotencyDeps & { publicUrl: string };

/** The customer token endpoints of the spec, answered exactly as there, and what goes beyond them. */
export const tokenRoutes: FastifyPluginCallbackZod<TokenRouteDeps> = (app, deps, done) => {
  app.post("/api/tokens", createTokenOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    if (caller.saleDefaults?.uniqueBy === "order") await forgetExpired(deps);
    const answer = await runOnce(deps, idempotent(caller.actor.id, request), async (transactional) => {
      const within = { ...deps, database: { ...deps.database, ...transactional } };
      const result = await createToken(within, caller, request.body);
      const made = { id: result.token.id, secret: result.secret, isReplacement: false };
      return presentCreation(result, await instructionsFor(within, request.query.include, made));
    });
    if (answer.replayed) void reply.header("idempotency-replayed", "true");
    if (answer.status === 200) return await reply.code(200).send(answer.body as z.infer<typeof DuplicateToken>);
    return await reply.code(201).send(answer.body as z.infer<typeof CreatedToken>);
  });
  app.get("/api/tokens", listTokensOperation, async (request, reply) => {
    const { tokens, nextCursor } = await listTokens(
      deps,
      withinShop(principalOf(request), request.query.shop),
      request.query,
    );
    if (nextCursor !== undefined)
      void reply.header("link", nextPageLink(`${deps.publicUrl}/api/tokens`, request.query, nextCursor));
    return tokens;
  });
  app.get("/api/tokens/:id", getTokenOperation, (request) => readToken(deps, principalOf(request), request.params.id));
  app.patch("/api/tokens/:id", updateTokenOperation, (request) =>
    changeToken(deps, principalOf(request), request.params.id, request.body),
  );
  app.delete("/api/tokens/:id", revokeTokenOperation, async (request) => {
    await revokeToken(deps, principalOf(request), request.params.id);
    return { message: "Token revoked" as const };
  });
  app.post(
    "/api/tokens/:id/rotate",
    { ...rotateTokenOperation, preValidation: acceptEmptyBody },
    async (request, reply) => {
      const { id } = request.params;
      const answer = await runOnce(deps, idempotent(principalOf(request).actor.id, request), async (transactional) => {
        const within = { ...deps, database: { ...deps.database, ...transactional } };
        const { token, secret, warnings } = await rotateToken(within, principalOf(request), id, request.body);
        const made = { id, secret, isReplacement: true };
        const instructions = await instructionsFor(within, request.query.include, made);
        const body = { token: secret, ...token, ...(warnings.length === 0 ? {} : { warnings }), ...instructions };
        return { status: 200, body, about: { token: id } };
      });
      if (answer.replayed) void reply.header("idempotency-replayed", "true");
      return answer.body as z.infer<typeof RotatedToken>;
    },
  );
  done();
};

function presentCreation(result: CreateTokenResult, instructions: { instructions?: Instructions }): Answer {
  const { id, ...rest } = result.token;
  const about = { token: id };
  if (!result.created) {
    if (result.secret === undefined) return { status: 200, body: { id, ...rest, duplicate: true }, about };
    return { status: 201, body: { id, token: result.secret, ...rest, ...instructions, duplicate: true }, about };
  }
  const warnings = result.warnings.length === 0 ? {} : { warnings: result.warnings };
  return { status: 201, body: { id, token: result.secret, ...rest, ...instructions, ...warnings }, about };
}
