import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { CustomerMail, MailListQuery } from "./mail-log-schemas.ts";

const tags = ["mails"];

/** `GET /api/mails`: what it takes and answers, and its description in openapi.json. */
export const listMailsOperation = {
  config: { scope: "customers:read" as const },
  schema: {
    ...{ operationId: "listMails", tags, summary: "What customers were mailed, newest first" },
    description:
      "What was sent, waits, failed or was cancelled; never what a mail says, because it may hold a secret. Needs the scope `customers:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: MailListQuery,
    response: { 200: z.array(CustomerMail).meta({ description: "Newest first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/mails/{id}/retry`: what it takes and answers, and its description in openapi.json. */
export const retryMailOperation = {
  config: { scope: "tokens:write" as const },
  schema: {
    ...{ operationId: "retryMail", tags, summary: "Send a mail that failed again" },
    description:
      "To the address that its token or customer has now; a mail that is pending goes out at once. What it says must be known still: a secret is kept for 7 days after the failure, and 409 says so then. A mail that was sent or cancelled is 409, too. An empty body is `{}`. Needs the scope `tokens:write`.",
    "x-response-headers": { 200: REPLAYED },
    headers: IdempotencyHeaders,
    params: z.strictObject({
      id: storableText().meta({ description: "The mail's `id`", examples: ["mail_abc123"] }),
    }),
    querystring: NoQuery,
    body: z.strictObject({}).meta({ id: "RetryMail", description: "Nothing", examples: [{}] }),
    response: { 200: CustomerMail, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
