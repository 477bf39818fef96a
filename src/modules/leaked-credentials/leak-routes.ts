import { Readable } from "node:stream";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import type { FastifyRequest } from "fastify";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { ClientAddress } from "../../platform/http/index.ts";
import { SUBSCRIBER, networkOf } from "../../platform/http/network-of.ts";
import { createRateLimiter, secondsInWords } from "../../platform/rate-limiter.ts";
import type { Refusals } from "../audit/index.ts";
import { reportLeaksOperation } from "./leak-operations.ts";
import { reportLeaks } from "./report-leaks.ts";
import type { ReportDeps, Reporter } from "./report-leaks.ts";
import { isSigned, signerOf } from "./scanner-signature.ts";
import type { Scanners } from "./scanner-signature.ts";

const BODY_BYTES_MAX = 512 * 1024;
const MINUTE_SECONDS = 60;

export type LeakRouteDeps = ReportDeps & {
  scanners: Scanners;
  reportsPerMinute: number;
  clientAddress: ClientAddress;
  refusals: Pick<Refusals, "count">;
};

/** The exact bytes of a body, which are what is signed. */
const bodies = new WeakMap<FastifyRequest, Buffer>();

/** Credentials of ours that somebody found where they should not be. */
export const leakRoutes: FastifyPluginCallbackZod<LeakRouteDeps> = (app, deps, done) => {
  const limiter = createRateLimiter(deps.clock, { windowSeconds: MINUTE_SECONDS });
  const charge = (request: FastifyRequest) => {
    if (deps.reportsPerMinute === 0) return;
    const verdict = limiter.take(networkOf(deps.clientAddress(request.raw), SUBSCRIBER), deps.reportsPerMinute);
    if (verdict.allowed) return;
    const { retryAfterSeconds } = verdict;
    const detail = `Too many reports came from your address; try again in ${secondsInWords(retryAfterSeconds)}.`;
    throw new AppError("request.too_many", detail, { retryAfterSeconds });
  };
  const options = {
    ...reportLeaksOperation,
    config: { scope: "leaks:write" as const, isSigned },
    bodyLimit: BODY_BYTES_MAX,
    onRequest: async (request: FastifyRequest) => {
      charge(request);
      await Promise.resolve();
    },
    preParsing: async (request: FastifyRequest, _reply: unknown, payload: AsyncIterable<Buffer>) => {
      const body = await readWhole(payload);
      bodies.set(request, body);
      return Object.assign(Readable.from([body]), { receivedEncodedLength: body.length });
    },
    preValidation: async (request: FastifyRequest) => {
      // Before anything is said of the body.
      reporterOf(deps, request);
      await Promise.resolve();
    },
  };
  app.post("/api/leaked-credentials", options, async (request, reply) => {
    await reportLeaks(deps, reporterOf(deps, request), request.body);
    return reply.status(202).send({ accepted: true });
  });
  done();
};

function reporterOf(deps: LeakRouteDeps, request: FastifyRequest): Reporter {
  if (request.principal !== undefined) return { actor: request.principal.actor, by: null };
  const signer = signerOf(
    deps.scanners,
    request.headers,
    bodies.get(request) ?? Buffer.alloc(0),
    nowSeconds(deps.clock),
  );
  if (signer !== undefined) return { actor: { kind: "system", id: null, requestId: request.id }, by: signer };
  deps.refusals.count({ surface: "api", problem: "invalid", address: deps.clientAddress(request.raw) });
  throw new AppError(
    "auth.invalid",
    "The signature is none of a scanner that this server knows, or its time is more than 5 minutes off.",
  );
}

async function readWhole(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) {
      throw new AppError("request.too_large", `The body is longer than ${BODY_BYTES_MAX} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
