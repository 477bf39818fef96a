import { z } from "zod";
import { IdempotencyHeaders, REPLAYED } from "../../platform/http/idempotency-header.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { LoggedIn } from "../account/index.ts";
import { linkFields, linkToken, newPassword } from "../one-time-links/index.ts";
import { Role, User } from "../users/index.ts";

const tags = ["invitations"];
const OPEN = { scope: "open" as const };
const COOKIE = {
  "Set-Cookie": { description: "The session, and that the browser is known; HttpOnly, SameSite=Strict" },
};
const name = storableText().max(200);

const CreateInvitationBody = z
  .strictObject({
    email: storableText()
      .max(254)
      .meta({ examples: ["jane@example.com"] }),
    name: name.nullish().meta({ description: "Default: what stands before the @" }),
    role: Role,
  })
  .meta({ id: "CreateInvitation", examples: [{ email: "jane@example.com", name: "Jane Doe", role: "support" }] });

export const CreatedInvitation = z
  .object({ user: User, ...linkFields })
  .meta({ id: "CreatedInvitation", description: "The invited user, and the link to hand over" });

/** `POST /api/invitations`: what it takes and answers, and its description in openapi.json. */
export const createInvitationOperation = {
  config: { scope: "users:write" as const, stepUp: true as const },
  schema: {
    ...{ operationId: "createInvitation", tags, summary: "Invite somebody to the dashboard" },
    description:
      "Makes a user without a password, and a link to choose one that works once, within 7 days; with SMTP_URL it is mailed as well. Inviting somebody again who has not accepted makes a new link, and the one before ends. Removing the user takes the invitation back. Needs the scope `users:write`.",
    "x-response-headers": { 201: REPLAYED },
    headers: IdempotencyHeaders,
    querystring: NoQuery,
    body: CreateInvitationBody,
    ...ownProblems({ more: ["auth.outside_role"] }),
    response: { 201: CreatedInvitation, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  },
};

const LookUpInvitationBody = z
  .strictObject({ token: linkToken() })
  .meta({ id: "LookUpInvitation", examples: [{ token: "…" }] });

const Invitation = z
  .object({
    email: z.string().meta({ examples: ["jane@example.com"] }),
    name: z.string(),
    role: Role,
    expires_at: linkFields.expires_at,
  })
  .meta({ id: "Invitation", description: "Whom the invitation is for" });

/** `POST /api/invitations/lookup`: what it takes and answers, and its description in openapi.json. */
export const lookUpInvitationOperation = {
  config: OPEN,
  schema: {
    ...{ operationId: "lookUpInvitation", tags, summary: "Whom an invitation is for" },
    description: "So that the page behind the link can greet; uses nothing up. Open: needs no credential.",
    security: [],
    querystring: NoQuery,
    body: LookUpInvitationBody,
    response: { 200: Invitation, ...problems(400, 403, 404, 410, 413, 415) },
  },
};

const AcceptInvitationBody = z
  .strictObject({
    token: linkToken(),
    name: name.nullish().meta({ description: "Default: the name of the invitation" }),
    password: newPassword(),
  })
  .meta({ id: "AcceptInvitation", examples: [{ token: "…", password: "correct horse battery" }] });

/** `POST /api/invitations/accept`: what it takes and answers, and its description in openapi.json. */
export const acceptInvitationOperation = {
  config: OPEN,
  schema: {
    ...{ operationId: "acceptInvitation", tags, summary: "Accept an invitation and log in" },
    description:
      "Sets the password of whom the invitation is for. Answers as logging in does, with the session cookie. Open: needs no credential.",
    security: [],
    "x-response-headers": { 200: COOKIE },
    querystring: NoQuery,
    body: AcceptInvitationBody,
    response: { 200: LoggedIn, ...problems(400, 403, 404, 410, 413, 415, 429) },
  },
};
