import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { createRateLimiter } from "../../platform/rate-limiter.ts";
import { principalOf } from "../callers/index.ts";
import {
  getMailSetupOperation,
  previewMailHtmlOperation,
  previewMailOperation,
  testMailOperation,
} from "./template-operations.ts";
import { previewMail, readMailSetup, testMail } from "./template-preview.ts";
import type { TemplatePreviewDeps } from "./template-preview.ts";

/** What an operator wrote into a template is shown on this host: it runs nothing, loads nothing and asks nothing. */
const PREVIEW_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
};

/** The mails that customers get, to be looked at and tried. */
export const mailTemplateRoutes: FastifyPluginCallbackZod<Omit<TemplatePreviewDeps, "testLimiter">> = (
  app,
  given,
  done,
) => {
  const deps = { ...given, testLimiter: createRateLimiter(given.clock, { windowSeconds: 60 }) };
  app.get("/api/mail-templates", getMailSetupOperation, () => readMailSetup(deps));
  app.get("/api/mail-templates/:kind/preview", previewMailOperation, (request) =>
    previewMail(deps, principalOf(request), request.params.kind),
  );
  app.get("/api/mail-templates/:kind/preview.html", previewMailHtmlOperation, async (request, reply) => {
    const { html } = await previewMail(deps, principalOf(request), request.params.kind);
    return await reply.headers(PREVIEW_HEADERS).send(html);
  });
  app.post("/api/mail-templates/:kind/test", testMailOperation, (request) =>
    testMail(deps, principalOf(request), request.params.kind, request.body),
  );
  done();
};
