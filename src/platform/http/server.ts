import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import fastifySwagger from "@fastify/swagger";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import { newId } from "../crypto/ids.ts";
import { AppError } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { handleError } from "./error-handler.ts";
import { installErrorMessages } from "./schemas.ts";

const BODY_BYTES_MAX = 1024 * 1024;
const HEADER_BYTES_MAX = 16 * 1024;

export interface HttpServerOptions {
  logger: Logger;
  version: string;
  trustedProxies: string[];
  /** Asked before Fastify; true when it takes the request. */
  handleFirst: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A Fastify application behind a plain handler; with our errors, OpenAPI, request ids and no charset on JSON. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  installErrorMessages();
  const app: FastifyInstance = Fastify({
    // pino has more than Fastify asks of a logger; the types disagree about the rest.
    loggerInstance: options.logger as FastifyBaseLogger,
    bodyLimit: BODY_BYTES_MAX,
    genReqId: () => newId("req"),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    trustProxy: options.trustedProxies.length === 0 ? false : options.trustedProxies,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 500 },
    serverFactory: (handler) => createNodeServer((request, response) => {
      if (!options.handleFirst(request, response)) handler(request, response);
    }),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  acceptEmptyJson(app);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request) => {
    throw new AppError("resource.not_found", `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`);
  });
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
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "PACKAGE.broker Management API",
        version: options.version,
        description: "Customer tokens for a private Composer repository. Times are Unix seconds.",
      },
      components: {
        securitySchemes: {
          managementToken: { type: "http", scheme: "bearer", description: "A management token (pbm_…)" },
        },
      },
      security: [{ managementToken: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  return app;
}

function createNodeServer(listener: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createServer(
    // 65 s: longer than the proxies in front keep theirs, so that none sends into a connection we just closed.
    { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 60_000 },
    listener,
  );
  return server;
}

/** A DELETE with a JSON content type and no body is fine: many HTTP clients send one. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
}
