import type { FastifyRequest } from "fastify";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { unlessStorageFails } from "../../platform/database/index.ts";
import type { ClientAddress } from "../../platform/http/index.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import type { Mail } from "../../platform/mail/index.ts";
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
import { messagesToOwners } from "./tell-owners.ts";
import { changeManagementToken } from "./update-management-token.ts";

export type ManagementTokenRouteDeps = ManagementTokenDeps &
  IdempotencyDeps & { publicUrl: string; mail: Pick<Mail, "canSend" | "send">; clientAddress: ClientAddress };

/** What owners are told of, once it is committed. */
type Told = Pick<Parameters<typeof messagesToOwners>[2], "kind" | "token">;

/** Tells the owners; the change is made already, and does not fail for it. */
async function tellOwners(deps: ManagementTokenRouteDeps, request: FastifyRequest, told: Told | undefined) {
  if (told === undefined || !deps.mail.canSend) return;
  const change = { ...told, actor: principalOf(request).actor, address: deps.clientAddress(request.raw) };
  await unlessStorageFails(async () => {
    for (const message of await messagesToOwners(deps, deps.database.db, change)) deps.mail.send(message);
  });
}

/** The credentials of shops and scripts, managed over the API by those who have the scope. */
export const managementTokenRoutes: FastifyPluginCallbackZod<ManagementTokenRouteDeps> = (app, deps, done) => {
  app.get("/api/management-tokens", listManagementTokensOperation, async (request, reply) => {
    const { tokens, nextCursor } = await listShopManagementTokens(deps, principalOf(request), request.query);
    const address = `${deps.publicUrl}/api/management-tokens`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return tokens;
  });
  app.post("/api/management-tokens", createManagementTokenOperation, async (request, reply) => {
    const caller = principalOf(request);
    let told: Told | undefined;
    const answer = await answerOnce(deps, caller, request, reply, async (within) => {
      const created = await createManagementToken(within, caller, toInput(request.body));
      told = { kind: "created", token: created.token };
      return { status: 201, body: presentCreation(created), about: null };
    });
    await tellOwners(deps, request, told);
    return answer;
  });
  app.get("/api/management-tokens/:id", getManagementTokenOperation, (request) =>
    readManagementToken(deps, principalOf(request), request.params.id),
  );
  app.patch("/api/management-tokens/:id", updateManagementTokenOperation, async (request) => {
    const { id } = request.params;
    const { token, isWidened } = await changeManagementToken(deps, principalOf(request), id, request.body);
    await tellOwners(deps, request, isWidened ? { kind: "widened", token } : undefined);
    return token;
  });
  app.delete("/api/management-tokens/:id", revokeManagementTokenOperation, async (request) => {
    const { enabledWebhooks } = await revokeManagementToken(deps, principalOf(request), request.params.id);
    return { message: "Management token revoked" as const, enabled_webhooks: enabledWebhooks };
  });
  const rotation = { ...rotateManagementTokenOperation, preValidation: acceptEmptyBody };
  app.post("/api/management-tokens/:id/rotate", rotation, async (request, reply) => {
    const caller = principalOf(request);
    let told: Told | undefined;
    const answer = await answerOnce(deps, caller, request, reply, async (within) => {
      const { token, secret } = await rotateManagementToken(within, caller, request.params.id, request.body);
      told = { kind: "rotated", token };
      return { status: 200, body: { token: secret, ...token }, about: null };
    });
    await tellOwners(deps, request, told);
    return answer;
  });
  done();
};

function toInput(body: CreateManagementTokenBody) {
  return {
    name: body.name,
    scopes: body.scopes,
    shop: body.shop ?? undefined,
    prefixes: body.package_bound ?? undefined,
    allowedNetworks: body.allowed_networks ?? undefined,
    expiresAt: body.expires_at ?? undefined,
    uniqueBy: body.unique_by ?? undefined,
    credential: body.credential ?? undefined,
    notify: body.notify ?? undefined,
    graceDays: body.grace_days ?? undefined,
    stability: body.stability ?? undefined,
  };
}

const ALL_SCOPES =
  "With users:write this management token can invite an admin, who may do everything: it equals all scopes.";
const UNBOUNDED = "This management token may grant every package hosted here, because it has no package_bound.";

function presentCreation(created: Awaited<ReturnType<typeof createManagementToken>>) {
  const isMighty = created.isUnbounded && created.token.scopes.includes("users:write");
  const warnings = [...(created.isUnbounded ? [UNBOUNDED] : []), ...(isMighty ? [ALL_SCOPES] : [])];
  return { ...created.token, token: created.secret, ...(warnings.length === 0 ? {} : { warnings }) };
}
