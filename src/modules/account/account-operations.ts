import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { Session } from "../users/index.ts";
import {
  Account,
  ChangePasswordBody,
  ConfirmPasswordBody,
  ConfirmTotpBody,
  NoBody,
  OtherSessionsEnded,
  OwnSessionEnded,
  PasswordChanged,
  RecoveryCodes,
  TotpDisabled,
  TotpEnabled,
  TotpSecret,
  UpdateAccountBody,
} from "./account-schemas.ts";

const config = { scope: "session" as const };
/** What leads to a second factor. */
const SETTING_UP = { ...config, beforeSecondFactor: true as const };
const tags = ["account"];
const COOKIE = { "Set-Cookie": { description: "The session, with its new secret" } };

/** `GET /api/account`: what it takes and answers, and its description in openapi.json. */
export const readAccountOperation = {
  config: SETTING_UP,
  schema: {
    ...{ operationId: "readAccount", tags, summary: "Your own account" },
    description: "As other users see you, and how many recovery codes are left. For a logged-in user.",
    querystring: NoQuery,
    response: { 200: Account, ...problems(400, 401, 403) },
  },
};

/** `PATCH /api/account`: what it takes and answers, and its description in openapi.json. */
export const updateAccountOperation = {
  config,
  schema: {
    ...{ operationId: "updateAccount", tags, summary: "Change your name" },
    description: "The role is changed by another owner or admin. For a logged-in user.",
    querystring: NoQuery,
    body: UpdateAccountBody,
    response: { 200: Account, ...problems(400, 401, 403, 413, 415) },
  },
};

/** `POST /api/account/password`: what it takes and answers, and its description in openapi.json. */
export const changePasswordOperation = {
  config,
  schema: {
    ...{ operationId: "changePassword", tags, summary: "Change your password" },
    description:
      "Ends all other sessions. This one goes on with another secret: cookie and `csrf_token` are new. For a logged-in user.",
    "x-response-headers": { 200: COOKIE },
    querystring: NoQuery,
    body: ChangePasswordBody,
    ...ownProblems({ more: ["auth.throttled"] }),
    response: { 200: PasswordChanged, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};

/** `GET /api/account/sessions`: what it takes and answers, and its description in openapi.json. */
export const listOwnSessionsOperation = {
  config,
  schema: {
    ...{ operationId: "listOwnSessions", tags, summary: "Where you are logged in" },
    description: "Last seen first. For a logged-in user.",
    querystring: NoQuery,
    response: { 200: z.array(Session).meta({ description: "Last seen first" }), ...problems(400, 401, 403) },
  },
};

/** `DELETE /api/account/sessions/{id}`: what it takes and answers, and its description in openapi.json. */
export const endOwnSessionOperation = {
  config,
  schema: {
    ...{ operationId: "endOwnSession", tags, summary: "Log out of one other browser" },
    description: "In force with its next request. It may be the session that calls. For a logged-in user.",
    params: z.strictObject({
      id: storableText().meta({ description: "The session's `id`", examples: ["sess_abc123"] }),
    }),
    querystring: NoQuery,
    response: { 200: OwnSessionEnded, ...problems(400, 401, 403, 404) },
  },
};

/** `POST /api/account/sessions/end-others`: what it takes and answers, and its description in openapi.json. */
export const endOtherSessionsOperation = {
  config,
  schema: {
    ...{ operationId: "endOtherSessions", tags, summary: "Log out of all other browsers" },
    description: "In force with their next request. An empty body is `{}`. For a logged-in user.",
    querystring: NoQuery,
    body: NoBody,
    response: { 200: OtherSessionsEnded, ...problems(400, 401, 403, 413, 415) },
  },
};

/** `POST /api/account/totp`: what it takes and answers, and its description in openapi.json. */
export const startTotpOperation = {
  config: SETTING_UP,
  schema: {
    ...{ operationId: "startTotp", tags, summary: "Begin two-factor authentication" },
    description:
      "Answers the secret for an authenticator app; nothing changes for logging in until a code is confirmed. For a logged-in user.",
    querystring: NoQuery,
    body: ConfirmPasswordBody,
    ...ownProblems({ more: ["auth.throttled"] }),
    response: { 200: TotpSecret, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};

/** `POST /api/account/totp/confirm`: what it takes and answers, and its description in openapi.json. */
export const confirmTotpOperation = {
  config: SETTING_UP,
  schema: {
    ...{ operationId: "confirmTotp", tags, summary: "Turn two-factor authentication on" },
    description:
      "With the first code of the authenticator. Every other session of the user ends. Answers the recovery codes; cookie and `csrf_token` are new. For a logged-in user.",
    "x-response-headers": { 200: COOKIE },
    querystring: NoQuery,
    body: ConfirmTotpBody,
    ...ownProblems({ more: ["auth.throttled"] }),
    response: { 200: TotpEnabled, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};

/** `POST /api/account/totp/disable`: what it takes and answers, and its description in openapi.json. */
export const disableTotpOperation = {
  config,
  schema: {
    ...{ operationId: "disableTotp", tags, summary: "Turn two-factor authentication off" },
    description: "Recovery codes go with it; cookie and `csrf_token` are new. For a logged-in user.",
    "x-response-headers": { 200: COOKIE },
    querystring: NoQuery,
    body: ConfirmPasswordBody,
    ...ownProblems({ more: ["auth.throttled"] }),
    response: { 200: TotpDisabled, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};

/** `POST /api/account/recovery-codes`: what it takes and answers, and its description in openapi.json. */
export const renewRecoveryCodesOperation = {
  config,
  schema: {
    ...{ operationId: "renewRecoveryCodes", tags, summary: "Get new recovery codes" },
    description: "Those before work no more. Two-factor authentication must be on. For a logged-in user.",
    querystring: NoQuery,
    body: ConfirmPasswordBody,
    ...ownProblems({ more: ["auth.throttled"] }),
    response: { 200: RecoveryCodes, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};
