import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { FastifyRequest } from "fastify";
import { runOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf } from "../management-tokens/index.ts";
import { createToken } from "./create-token.ts";
import type { CreateTokenResult, TokenDeps } from "./create-token.ts";
import { listTokens, readToken } from "./find-token.ts";
import type { ReadTokenDeps } from "./find-token.ts";
import { revokeToken } from "./revoke-token.ts";
import {
  createTokenOperation,
  getTokenOperation,
  listTokensOperation,
  revokeTokenOperation,
  updateTokenOperation,
} from "./token-operations.ts";
import type { CreatedToken, DuplicateToken } from "./token-schemas.ts";
import { changeToken } from "./update-token.ts";

export type TokenRouteDeps = TokenDeps & ReadTokenDeps & IdempotencyDeps & { publicUrl: string };

/** The customer token endpoints of the spec, answered exactly as there, and what goes beyond them. */
export const tokenRoutes: FastifyPluginCallbackZod<TokenRouteDeps> = (app, deps, done) => {
  app.post("/api/tokens", createTokenOperation, async (request, reply) => {
    const answer = await runOnce(deps, idempotent(request), async ({ transaction }) =>
      presentCreation(
        await createToken({ ...deps, database: { ...deps.database, transaction } }, principalOf(request), request.body),
      ),
    );
    if (answer.replayed) void reply.header("idempotency-replayed", "true");
    if (answer.status === 200) return await reply.code(200).send(answer.body as z.infer<typeof DuplicateToken>);
    return await reply.code(201).send(answer.body as z.infer<typeof CreatedToken>);
  });
  app.get("/api/tokens", listTokensOperation, async (request, reply) => {
    const { tokens, nextCursor } = await listTokens(deps, principalOf(request), request.query);
    if (nextCursor !== undefined) void reply.header("link", nextLink(deps.publicUrl, request.query, nextCursor));
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
  done();
};

function idempotent(request: FastifyRequest) {
  return {
    managementToken: principalOf(request).actor.id,
    method: request.method,
    path: "/api/tokens",
    key: request.headers["idempotency-key"],
    body: request.body,
  };
}

function presentCreation(result: CreateTokenResult): { status: number; body: unknown } {
  if (!result.created) return { status: 200, body: { ...result.token, duplicate: true } };
  const { id, ...rest } = result.token;
  const warnings = result.warnings.length === 0 ? {} : { warnings: result.warnings };
  return { status: 201, body: { id, token: result.secret, ...rest, ...warnings } };
}

function nextLink(publicUrl: string, query: object, cursor: string): string {
  const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  const search = new URLSearchParams([...given.filter(([name]) => name !== "cursor"), ["cursor", cursor]]);
  return `<${publicUrl}/api/tokens?${search.toString()}>; rel="next"`;
}
