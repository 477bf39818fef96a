import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { FastifyRequest } from "fastify";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { runOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf } from "../management-tokens/index.ts";
import { createToken } from "./create-token.ts";
import type { CreateTokenResult, TokenDeps } from "./create-token.ts";
import { listTokens, readToken } from "./find-token.ts";
import type { ReadTokenDeps } from "./find-token.ts";
import { revokeToken } from "./revoke-token.ts";
import {
  CreateTokenBody,
  CreatedToken,
  DuplicateToken,
  RevokedToken,
  Token,
  TokenListQuery,
  TokenWithUsage,
  UpdateTokenBody,
} from "./token-schemas.ts";
import { changeToken } from "./update-token.ts";

export type TokenRouteDeps = TokenDeps & ReadTokenDeps & IdempotencyDeps & { publicUrl: string };

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The token's `id`", examples: ["token_abc123"] }),
});
const IdempotencyHeaders = z.looseObject({
  "idempotency-key": z
    .string()
    .optional()
    .meta({
      description:
        "Makes it safe to repeat: within 24 hours the same key gets the first answer again, secret included. 1 to 255 printable ASCII characters.",
      examples: ["order_12345"],
    }),
});
const REPLAYED = {
  "Idempotency-Replayed": { description: "`true` when this is the answer to an earlier request with the same key" },
};

/** The customer token endpoints of the spec, answered exactly as there, and what goes beyond them. */
export const tokenRoutes: FastifyPluginAsyncZod<TokenRouteDeps> = async (app, deps) => {
  app.post(
    "/api/tokens",
    {
      config: { scope: "tokens:write" },
      schema: {
        ...{ operationId: "createToken", tags: ["tokens"], summary: "Create a customer token" },
        description:
          "Makes the Composer credential of a sale. The secret, `token`, is in this answer and nowhere else. Needs the scope `tokens:write`.",
        "x-response-headers": { 200: REPLAYED, 201: REPLAYED },
        headers: IdempotencyHeaders,
        querystring: NoQuery,
        body: CreateTokenBody,
        response: { 200: DuplicateToken, 201: CreatedToken, ...problems(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const answer = await runOnce(deps, idempotent(request), async ({ transaction }) =>
        presentCreation(
          await createToken(
            { ...deps, database: { ...deps.database, transaction } },
            principalOf(request),
            request.body,
          ),
        ),
      );
      if (answer.replayed) void reply.header("idempotency-replayed", "true");
      if (answer.status === 200) return await reply.code(200).send(answer.body as z.infer<typeof DuplicateToken>);
      return await reply.code(201).send(answer.body as z.infer<typeof CreatedToken>);
    },
  );
  app.get(
    "/api/tokens",
    {
      config: { scope: "tokens:read" },
      schema: {
        ...{ operationId: "listTokens", tags: ["tokens"], summary: "List customer tokens, newest first" },
        description:
          "The tokens of the management token's shop, within its package bound; revoked ones only when asked for. Needs the scope `tokens:read`.",
        "x-response-headers": {
          200: { Link: { description: 'The next page, `<…>; rel="next"`, where there is one' } },
        },
        querystring: TokenListQuery,
        response: { 200: z.array(Token).meta({ description: "Newest first" }), ...problems(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { tokens, nextCursor } = await listTokens(deps, principalOf(request), request.query);
      if (nextCursor !== undefined) void reply.header("link", nextLink(deps.publicUrl, request.query, nextCursor));
      return tokens;
    },
  );
  app.get(
    "/api/tokens/:id",
    {
      config: { scope: "tokens:read" },
      schema: {
        ...{ operationId: "getToken", tags: ["tokens"], summary: "One customer token, with its usage" },
        description: "Also of a revoked token. Needs the scope `tokens:read`.",
        params: IdParams,
        querystring: NoQuery,
        response: { 200: TokenWithUsage, ...problems(400, 401, 403, 404) },
      },
    },
    (request) => readToken(deps, principalOf(request), request.params.id),
  );
  app.patch(
    "/api/tokens/:id",
    {
      config: { scope: "tokens:write" },
      schema: {
        ...{ operationId: "updateToken", tags: ["tokens"], summary: "Extend, narrow or relabel a customer token" },
        description:
          "Changes what is given and leaves the rest; null clears. In force with the token's next request: a later `expires_at` is a renewal, fewer prefixes end the access to the others. A revoked token cannot be changed. Needs the scope `tokens:write`.",
        params: IdParams,
        querystring: NoQuery,
        body: UpdateTokenBody,
        response: { 200: Token, ...problems(400, 401, 403, 404, 409, 413, 415) },
      },
    },
    (request) => changeToken(deps, principalOf(request), request.params.id, request.body),
  );
  app.delete(
    "/api/tokens/:id",
    {
      config: { scope: "tokens:write" },
      schema: {
        ...{ operationId: "revokeToken", tags: ["tokens"], summary: "Revoke a customer token, for good and at once" },
        description:
          "The token's next request is refused. Repeating it changes nothing and answers the same. Needs the scope `tokens:write`.",
        params: IdParams,
        querystring: NoQuery,
        response: { 200: RevokedToken, ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      await revokeToken(deps, principalOf(request), request.params.id);
      return { message: "Token revoked" as const };
    },
  );
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
