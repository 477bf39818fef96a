import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf } from "../callers/index.ts";
import { listShopManagementTokens, readManagementToken } from "./find-management-token.ts";
import { createManagementToken, revokeManagementToken } from "./manage-management-tokens.ts";
import type { ManagementTokenDeps } from "./manage-management-tokens.ts";
import {
  createManagementTokenOperation,
  getManagementTokenOperation,
  listManagementTokensOperation,
  revokeManagementTokenOperation,
  rotateManagementTokenOperation,
  updateManagementTokenOperation,
} from "./management-token-operations.ts";
import type { CreateManagementTokenBody } from "./management-token-schemas.ts";
import { rotateManagementToken } from "./rotate-management-token.ts";
import { changeManagementToken } from "./update-management-token.ts";

export type ManagementTokenRouteDeps = ManagementTokenDeps & IdempotencyDeps & { publicUrl: string };

/** The credentials of shops and scripts, managed over the API by those who have the scope. */
export const managementTokenRoutes: FastifyPluginCallbackZod<ManagementTokenRouteDeps> = (app, deps, done) => {
  app.get("/api/management-tokens", listManagementTokensOperation, async (request, reply) => {
    const { tokens, nextCursor } = await listShopManagementTokens(deps, principalOf(request), request.query);
    const address = `${deps.publicUrl}/api/management-tokens`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return tokens;
  });
  app.post("/api/management-tokens", createManagementTokenOperation, (request, reply) => {
    const caller = principalOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const created = await createManagementToken(within, caller, toInput(request.body));
      return { status: 201, body: presentCreation(created), about: null };
    });
  });
  app.get("/api/management-tokens/:id", getManagementTokenOperation, (request) =>
    readManagementToken(deps, principalOf(request), request.params.id),
  );
  app.patch("/api/management-tokens/:id", updateManagementTokenOperation, (request) =>
    changeManagementToken(deps, principalOf(request), request.params.id, request.body),
  );
  app.delete("/api/management-tokens/:id", revokeManagementTokenOperation, async (request) => {
    const { enabledWebhooks } = await revokeManagementToken(deps, principalOf(request), request.params.id);
    return { message: "Management token revoked" as const, enabled_webhooks: enabledWebhooks };
  });
  const rotation = { ...rotateManagementTokenOperation, preValidation: acceptEmptyBody };
  app.post("/api/management-tokens/:id/rotate", rotation, (request, reply) => {
    const caller = principalOf(request);
    return answerOnce(deps, caller, request, reply, async (within) => {
      const { token, secret } = await rotateManagementToken(within, caller, request.params.id, request.body);
      return { status: 200, body: { token: secret, ...token }, about: null };
    });
  });
  done();
};

function toInput(body: CreateManagementTokenBody) {
  return {
    name: body.name,
    scopes: body.scopes,
    shop: body.shop ?? undefined,
    prefixes: body.package_bound ?? undefined,
    expiresAt: body.expires_at ?? undefined,
    uniqueBy: body.unique_by ?? undefined,
    credential: body.credential ?? undefined,
    notify: body.notify ?? undefined,
    graceDays: body.grace_days ?? undefined,
    stability: body.stability ?? undefined,
  };
}

const UNBOUNDED = "This management token may grant every package hosted here, because it has no package_bound.";

function presentCreation(created: Awaited<ReturnType<typeof createManagementToken>>) {
  const warnings = created.isUnbounded ? { warnings: [UNBOUNDED] } : {};
  return { ...created.token, token: created.secret, ...warnings };
}
