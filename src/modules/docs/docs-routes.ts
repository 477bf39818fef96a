import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import { PAGE_HEADERS } from "../../platform/page/index.ts";
import { imageType, readLibrary } from "./library.ts";
import { DocsRenderer } from "./render-docs.ts";

const QUERY_LENGTH_MAX = 200;

/**
 * `/docs`: the guide and the references, as they stand in docs/, open to everybody: they say nothing of what is sold
 * here. Read once, when the server starts.
 */
export async function docsRoutes(app: FastifyInstance, { directory }: { directory: string }): Promise<void> {
  const library = await readLibrary(directory);
  const renderer = new DocsRenderer(library);
  const options = { config: { scope: "open" as const }, schema: { hide: true } };

  app.get<{ Querystring: { q?: unknown } }>("/docs", options, async (request, reply) => {
    const { q } = request.query;
    return await sendPage(reply, renderer.index(typeof q === "string" ? q.trim().slice(0, QUERY_LENGTH_MAX) : ""));
  });
  app.get<{ Params: { name: string } }>("/docs/images/:name", options, async (request, reply) => {
    const { name } = request.params;
    const file = library.images.get(name);
    if (file === undefined) return await sendPage(reply.code(404), renderer.notFound());
    const type = imageType(name) ?? "application/octet-stream";
    void reply.headers({ ...PAGE_HEADERS, "cache-control": "public, max-age=3600" });
    return await reply.type(type).send(await readFile(file));
  });
  app.get<{ Params: { "*": string } }>("/docs/*", options, async (request, reply) => {
    // With the ending that the same page has in the repository, too.
    const path = request.params["*"].replace(/\/$|\.md$/, "");
    const page = library.pages.get(path);
    if (page === undefined && path !== "") return await sendPage(reply.code(404), renderer.notFound());
    if (page === undefined || path !== request.params["*"]) return await reply.redirect(addressOf(path), 308);
    return await sendPage(reply, renderer.page(page));
  });
}

function addressOf(path: string): string {
  return path === "" ? "/docs" : `/docs/${path}`;
}

async function sendPage(reply: FastifyReply, html: string): Promise<FastifyReply> {
  return await reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8").send(html);
}
