import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { nowSeconds } from "../../platform/clock.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import { nextPageLink } from "../../platform/http/paging.ts";
import type { Db } from "../../schema.ts";
import { raiseAttention } from "../attention/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { Answer, IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import type { Principal } from "../callers/index.ts";
import { findCustomerById } from "../customers/index.ts";
import type { Instructions } from "../customer-mails/index.ts";
import { createToken } from "./create-token.ts";
import type { CreateTokenDeps, CreateTokenResult } from "./create-token.ts";
import { listTokens, readToken } from "./find-token.ts";
import type { ReadTokenDeps } from "./find-token.ts";
import { EndedSaleError } from "./ended-sale.ts";
import { readGivenGrants } from "../grants/index.ts";
import { getReplayedToken, refuseOtherBuyer } from "./replayed-secret.ts";
import { presentToken } from "./token-presenter.ts";
import { instructionsFor } from "./token-instructions.ts";
import type { InstructionDeps } from "./token-instructions.ts";
import { renewToken } from "./renew-token.ts";
import { restoreToken } from "./restore-tokens.ts";
import { revokeToken } from "./revoke-token.ts";
import { rotateToken } from "./rotate-token.ts";
import { resumeToken, suspendToken } from "./suspend-token.ts";
import {
  createTokenOperation,
  getTokenOperation,
  listTokensOperation,
  renewTokenOperation,
  restoreTokenOperation,
  resumeTokenOperation,
  revokeTokenOperation,
  rotateTokenOperation,
  suspendTokenOperation,
  updateTokenOperation,
} from "./token-operations.ts";
import { readChangeNeeds, readSaleNeeds } from "./sale-warnings.ts";
import type { SaleNeedDeps, SaleNeeds } from "./sale-warnings.ts";
import { etagOf } from "./token-etag.ts";
import type { CreateTokenBody, CreatedToken, DuplicateToken, RotateTokenBody, RotatedToken } from "./token-schemas.ts";
import { changeToken } from "./update-token.ts";

export type TokenRouteDeps = InstructionDeps &
  CreateTokenDeps &
  ReadTokenDeps &
  SaleNeedDeps &
  IdempotencyDeps & { publicUrl: string };

/** The customer token endpoints of the spec, answered exactly as there, and what goes beyond them. */
export const tokenRoutes: FastifyPluginCallbackZod<TokenRouteDeps> = (app, deps, done) => {
  app.post("/api/tokens", createTokenOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const needs = await readSaleNeeds(deps, caller, request.body);
    const sell = selling(caller, request.body, needs, request.query.include);
    return await tellingWhenEnded(deps, () => answerOnce(deps, caller, request, reply, sell, asOfNowWith(deps)));
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
  addRoutesOfOne(app, deps);
  done();
};

/** What is done with one token. */
function addRoutesOfOne(app: Parameters<typeof tokenRoutes>[0], deps: TokenRouteDeps): void {
  app.get("/api/tokens/:id", getTokenOperation, async (request, reply) => {
    const token = await readToken(deps, principalOf(request), request.params.id);
    void reply.header("etag", etagOf(token));
    return token;
  });
  app.patch("/api/tokens/:id", updateTokenOperation, async (request, reply) => {
    const caller = principalOf(request);
    const needs = await readChangeNeeds(deps, caller, request.body);
    const ifMatch = request.headers["if-match"];
    const token = await changeToken(deps, caller, request.params.id, request.body, { ifMatch, needs });
    void reply.header("etag", etagOf(token));
    return token;
  });
  app.post("/api/tokens/:id/renew", renewTokenOperation, async (request, reply) => {
    const token = await renewToken(deps, principalOf(request), request.params.id, request.body);
    void reply.header("etag", etagOf(token));
    return token;
  });
  app.delete("/api/tokens/:id", revokeTokenOperation, async (request) => {
    const { why, reason } = request.query;
    await revokeToken(deps, principalOf(request), request.params.id, { ...(why === undefined ? {} : { why }), reason });
    return { message: "Token revoked" as const };
  });
  const whenEmpty = { preValidation: acceptEmptyBody };
  app.post("/api/tokens/:id/restore", { ...restoreTokenOperation, ...whenEmpty }, (request) =>
    restoreToken(deps, principalOf(request), request.params.id, request.body.reason ?? undefined),
  );
  app.post("/api/tokens/:id/suspend", { ...suspendTokenOperation, ...whenEmpty }, (request) =>
    suspendToken(deps, principalOf(request), request.params.id, request.body.reason ?? undefined),
  );
  app.post("/api/tokens/:id/resume", { ...resumeTokenOperation, ...whenEmpty }, (request) =>
    resumeToken(deps, principalOf(request), request.params.id, request.body.reason ?? undefined),
  );
  const rotation = { ...rotateTokenOperation, preValidation: acceptEmptyBody };
  app.post("/api/tokens/:id/rotate", rotation, (request, reply) => {
    const caller = principalOf(request);
    const rotate = rotating(caller, request.params.id, request.body, request.query.include);
    return answerOnce(deps, caller, request, reply, rotate, asOfNowWith(deps));
  });
}

type Replayable = Pick<z.infer<typeof CreatedToken>, "id" | "metadata"> & { token?: string };

/** What a stored answer is given again as: the token as it is now. */
function asOfNowWith(deps: Pick<TokenRouteDeps, "clock">) {
  return async <Body extends Replayable>(db: Db, stored: Body): Promise<Body> => {
    const row = await getReplayedToken(db, { id: stored.id, secret: stored.token });
    const now = presentToken(row, await readGivenGrants(db, row), nowSeconds(deps.clock));
    if (stored.token !== undefined) refuseOtherBuyer(stored.metadata, now.metadata);
    return { ...stored, ...now };
  };
}

function selling(
  caller: Principal,
  input: CreateTokenBody,
  needs: SaleNeeds,
  include: "instructions" | undefined,
): (within: TokenRouteDeps) => Promise<Answer<SoldToken>> {
  return async (within) => {
    const result = await createToken(within, caller, input, needs);
    const made = { id: result.token.id, secret: result.secret, isReplacement: false };
    return presentCreation(result, await instructionsFor(within, include, made));
  };
}

function rotating(
  caller: Principal,
  id: string,
  input: RotateTokenBody,
  include: "instructions" | undefined,
): (within: TokenRouteDeps) => Promise<Answer<z.infer<typeof RotatedToken>>> {
  return async (within) => {
    const { token, secret, mailed, warnings } = await rotateToken(within, caller, id, input);
    const instructions = await instructionsFor(within, include, { id, secret, isReplacement: true });
    const body = { token: secret, ...token, mailed, ...(warnings.length === 0 ? {} : { warnings }), ...instructions };
    return { status: 200, body, about: { token: id } };
  };
}

/** A refusal leaves nothing behind in its own transaction: that somebody should look at it is written after it. */
async function tellingWhenEnded<T>(deps: CreateTokenDeps, sell: () => Promise<T>): Promise<T> {
  try {
    return await sell();
  } catch (error) {
    if (error instanceof EndedSaleError && error.attention !== undefined) {
      const { attention } = error;
      await deps.database.transaction(async (trx) => {
        // A customer that was new with what was refused is not there.
        const isKnown = attention.customer !== null && (await findCustomerById(trx, attention.customer)) !== undefined;
        await raiseAttention(deps, trx, { ...attention, customer: isKnown ? attention.customer : null });
      });
    }
    throw error;
  }
}

type SoldToken = z.infer<typeof CreatedToken> | z.infer<typeof DuplicateToken>;

function presentCreation(result: CreateTokenResult, instructions: { instructions?: Instructions }): Answer<SoldToken> {
  const { id, ...rest } = result.token;
  const about = { token: id };
  const warnings = result.warnings.length === 0 ? {} : { warnings: result.warnings };
  if (!result.created) {
    if (result.secret === undefined) return { status: 200, body: { id, ...rest, duplicate: true, ...warnings }, about };
    const repeated = { mailed: false, ...instructions, ...warnings, duplicate: true as const };
    return { status: 201, body: { id, token: result.secret, ...rest, ...repeated }, about };
  }
  const { secret, mailed } = result;
  return { status: 201, body: { id, token: secret, ...rest, mailed, ...instructions, ...warnings }, about };
}
