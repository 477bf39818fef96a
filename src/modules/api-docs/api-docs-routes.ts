import type { FastifyInstance, FastifyReply } from "fastify";
import { PAGE_HEADERS } from "../../platform/page/index.ts";
import type { ApiDocument } from "./document.ts";
import { ApiDocsRenderer } from "./render-page.ts";

const QUERY_LENGTH_MAX = 200;

/** `GET /api/docs`: the description of the API for people, open as `/api/openapi.json` is. */
export function apiDocsRoutes(app: FastifyInstance, { publicUrl }: { publicUrl: string }, done: () => void): void {
  let renderer: ApiDocsRenderer | undefined;
  // What the document holds is what platform/http/openapi.ts puts there.
  const render = () => (renderer ??= new ApiDocsRenderer(app.swagger() as unknown as ApiDocument, publicUrl));
  const options = { config: { scope: "open" as const }, schema: { hide: true } };

  app.get<{ Querystring: { q?: unknown } }>("/api/docs", options, async (request, reply) => {
    const { q } = request.query;
    return await sendPage(reply, render().index(typeof q === "string" ? q.trim().slice(0, QUERY_LENGTH_MAX) : ""));
  });
  app.get<{ Params: { page: string } }>("/api/docs/:page", options, async (request, reply) => {
    const html = render().page(request.params.page);
    if (html === undefined) return await reply.redirect("/api/docs", 302);
    return await sendPage(reply, html);
  });
  done();
}

async function sendPage(reply: FastifyReply, html: string): Promise<FastifyReply> {
  return await reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8").send(html);
}
