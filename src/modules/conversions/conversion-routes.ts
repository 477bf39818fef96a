import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nowSeconds } from "../../platform/clock.ts";
import { acceptEmptyBody } from "../../platform/http/json-bodies.ts";
import type { Db } from "../../schema.ts";
import { principalOf } from "../callers/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { findTokenById, presentToken } from "../tokens/index.ts";
import { convertTokenOperation, previewConversionOperation } from "./conversion-operations.ts";
import { convertToken } from "./convert-token.ts";
import type { ConversionDeps, ConvertedToken } from "./convert-token.ts";
import { previewConversion } from "./preview-conversion.ts";

/** Tokens that were sold without one credential per customer become one. */
export const conversionRoutes: FastifyPluginCallbackZod<ConversionDeps & IdempotencyDeps> = (app, deps, done) => {
  const whenEmpty = { preValidation: acceptEmptyBody };
  app.post("/api/tokens/:id/convert", { ...convertTokenOperation, ...whenEmpty }, (request, reply) => {
    const caller = principalOf(request);
    const { id } = request.params;
    const { same_person, reason } = request.body;
    const wish = { isSamePerson: same_person === true, reason: reason ?? undefined };
    const convert = async (within: ConversionDeps) => {
      const body = await convertToken(within, caller, id, wish);
      return { status: 200, body, about: { token: id } };
    };
    return answerOnce(deps, caller, request, reply, convert, asOfNowWith(deps));
  });
  app.post("/api/tokens/:id/convert/preview", { ...previewConversionOperation, ...whenEmpty }, (request) =>
    previewConversion(deps, principalOf(request), request.params.id),
  );
  done();
};

/** A stored answer shows the token as it is now. */
function asOfNowWith(deps: Pick<ConversionDeps, "clock">) {
  return async (db: Db, stored: ConvertedToken): Promise<ConvertedToken> => {
    const row = await findTokenById(db, stored.id);
    if (row === undefined) return stored;
    return { ...stored, ...presentToken(row, await readGivenGrants(db, row), nowSeconds(deps.clock)) };
  };
}
