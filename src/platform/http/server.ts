import type { IncomingMessage, ServerResponse } from "node:http";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { Clock } from "../clock.ts";
import { newId } from "../crypto/ids.ts";
import { RepeatedLines } from "../log/repeated-lines.ts";
import type { ClientAddress } from "./client-address.ts";
import { handleError, refusalPastLimit } from "./error-handler.ts";
import { acceptJsonBodies } from "./json-bodies.ts";
import { describeApi } from "./openapi.ts";
import { SUBSCRIBER, networkOf } from "./network-of.ts";
import { createNodeServer } from "./node-server.ts";
import type { NodeServerOptions } from "./node-server.ts";
import { answerUnknownRoutes } from "./unknown-routes.ts";
import { createUnreadableRequests } from "./unreadable-requests.ts";
import { validatorCompiler } from "./validation.ts";

const BODY_BYTES_MAX = 1024 * 1024;

export interface HttpServerOptions extends NodeServerOptions {
  clock: Clock;
  clientAddress: ClientAddress;
  version: string;
  /** Asked before Fastify; true when it takes the request. */
  handleFirst: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A Fastify application behind a plain handler; with our validation, our errors, OpenAPI and request ids. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  // Less than a pino logger: Fastify's types would otherwise carry ours through the whole application.
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    bodyLimit: BODY_BYTES_MAX,
    genReqId: () => newId("req"),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    forceCloseConnections: "idle",
    frameworkErrors: handleError,
    clientErrorHandler: createUnreadableRequests(options.logger, options.strictTransport),
    rewriteUrl: withoutLeadingSlashes,
    routerOptions: { maxParamLength: 500 },
    serverFactory: (handler) =>
      createNodeServer(options, (request, response) => {
        if (!options.handleFirst(request, response)) handler(request, response);
      }),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id).header("cache-control", "no-store");
    void reply.header("x-content-type-options", "nosniff");
    done();
  });
  logAnswers(app, options);
  acceptJsonBodies(app);
  answerUnknownRoutes(app);
  await describeApi(app, options.version);
  return app;
}

/** A line for each answer; of those past a limit, of which there is no end, the first of a minute and their number. */
function logAnswers(app: FastifyInstance, { logger, clock, clientAddress }: HttpServerOptions): void {
  const pastLimit = new RepeatedLines(clock, (facts) => logger.warn(facts, "request refused"));
  app.addHook("onResponse", (request, reply, done) => {
    const { method, raw } = request;
    const route = request.routeOptions.url ?? "unknown";
    const duration_ms = Math.round(reply.elapsedTime * 10) / 10;
    const refusal = refusalPastLimit(raw);
    if (refusal === undefined) {
      request.log.info({ method, route, status: reply.statusCode, duration_ms }, "request answered");
    } else {
      const subject = networkOf(clientAddress(raw), SUBSCRIBER);
      pastLimit.add({ subject, detail: `${method} ${route}` }, { request_id: request.id, ...refusal, duration_ms });
    }
    done();
  });
}

/**
 * A base URL that ends with a slash makes `//api/tokens`, and shops look at no 404. Before anything is routed, so that
 * authentication and limits see the same address. Nothing else has its slashes read away.
 */
function withoutLeadingSlashes({ url = "/" }: { url?: string | undefined }): string {
  return url.replace(/^\/{2,}(?=api\/)/, "/");
}
