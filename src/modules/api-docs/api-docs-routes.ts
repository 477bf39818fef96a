import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { ApiDocument } from "./document.ts";
import { renderApiDocs } from "./render-page.ts";
import { STYLE } from "./style.ts";

/** The one style it has, named by its hash, and an empty icon; no script can run, whatever a text says. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `GET /api/docs`: the description of the API for people, open as `/api/openapi.json` is. Made once. */
export function apiDocsRoutes(app: FastifyInstance, _options: object, done: () => void): void {
  let page: string | undefined;
  app.get("/api/docs", { config: { scope: "open" }, schema: { hide: true } }, async (_request, reply) => {
    // What the document holds is what platform/http/openapi.ts puts there.
    page ??= renderApiDocs(app.swagger() as unknown as ApiDocument);
    void reply.headers({
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-cache",
    });
    return await reply.type("text/html; charset=utf-8").send(page);
  });
  done();
}
