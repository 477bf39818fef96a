import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { linkFields, linkToken, newPassword } from "../one-time-links/index.ts";

const tags = ["password resets"];
const OPEN = { scope: "open" as const };

const RequestPasswordResetBody = z
  .strictObject({
    email: storableText()
      .max(254)
      .meta({ examples: ["jane@example.com"] }),
  })
  .meta({ id: "RequestPasswordReset", examples: [{ email: "jane@example.com" }] });

const RequestedPasswordReset = z
  .object({ message: z.string() })
  .meta({ id: "RequestedPasswordReset", description: "The same whether or not there is such an account" });

/** `POST /api/password-resets`: what it takes and answers, and its description in openapi.json. */
export const requestPasswordResetOperation = {
  config: OPEN,
  schema: {
    ...{ operationId: "requestPasswordReset", tags, summary: "Ask for a mail with a link for a new password" },
    description:
      "The answer tells nothing about accounts. Where SMTP_URL is set and there is such an account, a link that works once, within an hour, is mailed to it; at most three an hour. Without SMTP_URL the answer says whom to ask. Open: needs no credential.",
    security: [],
    querystring: NoQuery,
    body: RequestPasswordResetBody,
    response: { 202: RequestedPasswordReset, ...problems(400, 403, 413, 415, 429) },
  },
};

const CompletePasswordResetBody = z
  .strictObject({ token: linkToken(), password: newPassword() })
  .meta({ id: "CompletePasswordReset", examples: [{ token: "…", password: "correct horse battery" }] });

const CompletedPasswordReset = z
  .object({ message: z.literal("Password changed; log in with it") })
  .meta({ id: "CompletedPasswordReset", description: "The password is another one, and nobody is logged in" });

/** `POST /api/password-resets/complete`: what it takes and answers, and its description in openapi.json. */
export const completePasswordResetOperation = {
  config: OPEN,
  schema: {
    ...{ operationId: "completePasswordReset", tags, summary: "Set a new password with a link" },
    description:
      "Ends every session of the user, and starts none: logging in asks for the authenticator where there is one. The browser is known from then on, so that the failures of others do not keep its log-in waiting. Open: needs no credential.",
    "x-response-headers": {
      200: { "Set-Cookie": { description: "That the browser is known; HttpOnly, SameSite=Strict" } },
    },
    security: [],
    querystring: NoQuery,
    body: CompletePasswordResetBody,
    response: { 200: CompletedPasswordReset, ...problems(400, 403, 404, 410, 413, 415, 429) },
  },
};

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The user's `id`", examples: ["user_abc123"] }),
});

export const CreatedPasswordReset = z
  .object({ ...linkFields })
  .meta({ id: "CreatedPasswordReset", description: "The link to hand over" });

/** `POST /api/users/{id}/password-reset`: what it takes and answers, and its description in openapi.json. */
export const createPasswordResetOperation = {
  config: { scope: "users:write" as const, stepUp: true as const },
  schema: {
    ...{ operationId: "createPasswordReset", tags, summary: "Make a link for a user who forgot the password" },
    description:
      "It works once, within an hour, and ends earlier ones; with SMTP_URL it is mailed to the user as well. Password and sessions stay until it is used. Only an owner does this for an owner. An empty body is `{}`. Needs the scope `users:write`.",
    "x-response-headers": { 201: REPLAYED },
    headers: IdempotencyHeaders,
    params: IdParams,
    querystring: NoQuery,
    body: z.strictObject({}).meta({ id: "CreatePasswordReset", examples: [{}] }),
    ...ownProblems({ more: ["auth.outside_role"] }),
    response: { 201: CreatedPasswordReset, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};
