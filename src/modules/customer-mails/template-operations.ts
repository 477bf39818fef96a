import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { KindParams, MailPreview, MailSetup, TestMailBody, TestMailResult } from "./template-schemas.ts";

const tags = ["mails"];
const config = { scope: "settings:read" as const };

/** `GET /api/mail-templates`: what it takes and answers, and its description in openapi.json. */
export const getMailSetupOperation = {
  config,
  schema: {
    ...{ operationId: "getMailSetup", tags, summary: "Whether customers are mailed, and with which templates" },
    description: "The templates are read again for it. Needs the scope `settings:read`.",
    querystring: NoQuery,
    response: { 200: MailSetup, ...problems(400, 401, 403) },
  },
};

/** `GET /api/mail-templates/{kind}/preview`: what it takes and answers, and its description in openapi.json. */
export const previewMailOperation = {
  config,
  schema: {
    ...{ operationId: "previewMail", tags, summary: "A mail as customers get it, with made-up values" },
    description:
      "The templates are read again for it. Of the whole server, so unknown to a management token with a package bound. Needs the scope `settings:read`.",
    params: KindParams,
    querystring: NoQuery,
    response: { 200: MailPreview, ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/mail-templates/{kind}/preview.html`: what it takes and answers, and its description in openapi.json. */
export const previewMailHtmlOperation = {
  config,
  schema: {
    ...{ operationId: "previewMailHtml", tags, summary: "The HTML of that mail, to be looked at" },
    description:
      "For a frame of the dashboard: sent with a policy that lets it run nothing and load nothing. Needs the scope `settings:read`.",
    "x-media-type": "text/html; charset=utf-8",
    params: KindParams,
    querystring: NoQuery,
    response: { 200: z.string().meta({ description: "A page" }), ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/mail-templates/{kind}/test`: what it takes and answers, and its description in openapi.json. */
export const testMailOperation = {
  config: { scope: "settings:write" as const },
  schema: {
    ...{ operationId: "testMail", tags, summary: "Send that mail to an address of yours" },
    description:
      "Handed over at once, and the answer says what the mail server said, also where it refused: 200 either way. Ten a minute. Needs the scope `settings:write`.",
    params: KindParams,
    querystring: NoQuery,
    body: TestMailBody,
    ...ownProblems({ more: ["request.too_many"] }),
    response: { 200: TestMailResult, ...problems(400, 401, 403, 404, 413, 415, 429) },
  },
};
