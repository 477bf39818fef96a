import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../platform/errors.ts";
import { SECURITY_HEADERS } from "./content-security.ts";

/**
 * The first part of every address the dashboard knows (dashboard/src/router.tsx). Whatever else a browser asks for
 * gets the dashboard's own "not found"; whoever is no browser gets the API's.
 */
const PAGES = [
  ...["/", "/login", "/setup", "/invitation", "/password-reset", "/install", "/customers", "/customers/*"],
  ...["/tokens", "/tokens/*", "/explain", "/packages", "/packages/*", "/sources", "/sources/*"],
  ...["/usage", "/audit-log", "/settings", "/settings/*"],
];

/** What lies beside the page under a name of its own (dashboard/public). */
const FILES = ["theme.js", "favicon.svg"];

/** Vite names these after their content. */
const YEAR_SECONDS = 31_536_000;

/**
 * Serves the built dashboard from `directory`: one page for all its addresses, and its files. Composer's paths were
 * taken before anything of this is asked, and `/api` never leads here.
 */
export async function dashboardRoutes(app: FastifyInstance, { directory }: { directory: string }): Promise<void> {
  app.addHook("onSend", (_request, reply, payload, done) => {
    void reply.headers(SECURITY_HEADERS);
    done(null, payload);
  });
  if (!existsSync(join(directory, "index.html"))) {
    for (const url of PAGES) app.get(url, { schema: { hide: true } }, sayNotBuilt);
    return;
  }
  // By what is there when it is asked for, so that a build beside a running server is served at once.
  await app.register(fastifyStatic, {
    root: directory,
    serve: false,
    index: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      void reply.header("cache-control", cachingOf(directory, path));
    },
  });
  app.get<{ Params: { "*": string } }>("/assets/*", { schema: { hide: true } }, async (request, reply) => {
    return await reply.sendFile(`assets/${request.params["*"]}`);
  });
  for (const file of FILES) {
    app.get(`/${file}`, { schema: { hide: true } }, async (_request, reply) => await reply.sendFile(file));
  }
  for (const url of PAGES) app.get(url, { schema: { hide: true } }, sendPage);
  app.get("/*", { schema: { hide: true } }, async (request, reply) => {
    if (!isBrowsed(request)) {
      reply.callNotFound();
      return await reply;
    }
    return await sendPage(request, reply.code(404));
  });
}

/** Somebody who opened an address in a browser, below nothing that belongs to machines. */
function isBrowsed(request: FastifyRequest): boolean {
  return !/^\/(?:api|hooks)(?:[/?]|$)/.test(request.url) && (request.headers.accept ?? "").includes("text/html");
}

/** The page itself is asked for each time, so that an update is seen with the next load. */
function cachingOf(directory: string, path: string): string {
  if (path.startsWith(join(directory, "assets/"))) return `public, max-age=${YEAR_SECONDS}, immutable`;
  return path.startsWith(join(directory, "index.html")) ? "no-cache" : "public, max-age=300";
}

async function sendPage(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return await reply.sendFile("index.html");
}

function sayNotBuilt(): never {
  throw new AppError(
    "resource.not_found",
    "The dashboard is not built: start with script/server, or run npm run build:dashboard. Everything else works.",
  );
}
