import type { IncomingMessage, ServerResponse } from "node:http";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import { newId } from "../crypto/ids.ts";
import type { Logger } from "../log/logger.ts";
import { handleError } from "./error-handler.ts";
import { acceptJsonBodies } from "./json-bodies.ts";
import { describeApi } from "./openapi.ts";
import { createNodeServer } from "./node-server.ts";
import type { HttpTimeouts, TlsFiles } from "./node-server.ts";
import { answerUnknownRoutes } from "./unknown-routes.ts";
import { createUnreadableRequests } from "./unreadable-requests.ts";
import { validatorCompiler } from "./validation.ts";

const BODY_BYTES_MAX = 1024 * 1024;

export interface HttpServerOptions {
  logger: Logger;
  version: string;
  /** Undefined behind a proxy that speaks TLS. */
  tls: TlsFiles | undefined;
  /** For tests, which cannot wait as long as a slow client may. */
  timeouts?: HttpTimeouts;
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
    clientErrorHandler: createUnreadableRequests(options.logger),
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
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unknown";
    const duration_ms = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ method: request.method, route, status: reply.statusCode, duration_ms }, "request answered");
    done();
  });
  acceptJsonBodies(app);
  answerUnknownRoutes(app);
  await describeApi(app, options.version);
  return app;
}

/**
 * A base URL that ends with a slash makes `//api/tokens`, and shops look at no 404. Before anything is routed, so that
 * authentication and limits see the same address. Nothing else has its slashes read away.
 */
function withoutLeadingSlashes({ url = "/" }: { url?: string | undefined }): string {
  return url.replace(/^\/{2,}(?=api\/)/, "/");
}
