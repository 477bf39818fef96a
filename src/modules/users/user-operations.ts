import { z } from "zod";
import { NEXT_PAGE } from "../../platform/http/paging.ts";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { SettingsAnswer } from "../settings/index.ts";
import {
  EndedSessions,
  RemovedUser,
  Session,
  TotpReset,
  UpdateUserBody,
  SecondFactorRolesBody,
  User,
  UserListQuery,
} from "./user-schemas.ts";

const IdParams = z.strictObject({
  id: storableText().meta({ description: "The user's `id`", examples: ["user_abc123"] }),
});
const READ = { scope: "users:read" as const };
const WRITE = { scope: "users:write" as const };
const tags = ["users"];

/** `GET /api/users`: what it takes and answers, and its description in openapi.json. */
export const listUsersOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listUsers", tags, summary: "List users of the dashboard, newest first" },
    description:
      "Also those who are invited and have not chosen a password yet. Users belong to no shop; a management token with a package bound sees none. Needs the scope `users:read`.",
    "x-response-headers": { 200: NEXT_PAGE },
    querystring: UserListQuery,
    response: { 200: z.array(User).meta({ description: "Newest first" }), ...problems(400, 401, 403) },
  },
};

/** `GET /api/users/{id}`: what it takes and answers, and its description in openapi.json. */
export const getUserOperation = {
  config: READ,
  schema: {
    ...{ operationId: "getUser", tags, summary: "One user of the dashboard" },
    description: "A removed user is not found. Needs the scope `users:read`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: User, ...problems(400, 401, 403, 404) },
  },
};

/** `PATCH /api/users/{id}`: what it takes and answers, and its description in openapi.json. */
export const updateUserOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "updateUser", tags, summary: "Change a user's name or role" },
    description:
      "What is left out stays. Another role counts with the user's next request, and ends unused links to the account; one below owner also those the user made. Only an owner changes an owner or makes one; a management token counts as an admin. The last owner stays one. Needs the scope `users:write`.",
    params: IdParams,
    querystring: NoQuery,
    body: UpdateUserBody,
    ...ownProblems({ more: ["auth.outside_role"] }),
    response: { 200: User, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `DELETE /api/users/{id}`: what it takes and answers, and its description in openapi.json. */
export const removeUserOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "removeUser", tags, summary: "Remove a user, for good and at once" },
    description:
      "Sessions end with their next request, the e-mail address is free again, audit records stay. Invitations and reset links that the user made end; management tokens stay, and the answer counts those that let people in. Only an owner removes an owner, nobody removes themselves or the last owner. Needs the scope `users:write`.",
    params: IdParams,
    querystring: NoQuery,
    ...ownProblems({ more: ["auth.outside_role"] }),
    response: { 200: RemovedUser, ...problems(400, 401, 403, 404, 409) },
  },
};

/** `GET /api/users/{id}/sessions`: what it takes and answers, and its description in openapi.json. */
export const listUserSessionsOperation = {
  config: READ,
  schema: {
    ...{ operationId: "listUserSessions", tags, summary: "Where a user is logged in" },
    description: "Last seen first. Needs the scope `users:read`.",
    params: IdParams,
    querystring: NoQuery,
    response: { 200: z.array(Session).meta({ description: "Last seen first" }), ...problems(400, 401, 403, 404) },
  },
};

/** `DELETE /api/users/{id}/sessions`: what it takes and answers, and its description in openapi.json. */
export const endUserSessionsOperation = {
  config: WRITE,
  schema: {
    ...{ operationId: "endUserSessions", tags, summary: "Log a user out everywhere" },
    description:
      "Password and codes stay as they are. Only an owner does it to an owner. Needs the scope `users:write`.",
    params: IdParams,
    querystring: NoQuery,
    ...ownProblems({ more: ["auth.outside_role"] }),
    response: { 200: EndedSessions, ...problems(400, 401, 403, 404) },
  },
};

/** `DELETE /api/users/{id}/totp`: what it takes and answers, and its description in openapi.json. */
export const resetUserTotpOperation = {
  config: { ...WRITE, stepUp: true as const },
  schema: {
    ...{ operationId: "resetUserTotp", tags, summary: "Turn a user's two-factor authentication off" },
    description:
      "For a lost phone: the authenticator, all passkeys and the recovery codes go. The user is logged out everywhere, and logs in with the password alone. Only an owner does it to an owner, nobody to themselves. Needs the scope `users:write`.",
    params: IdParams,
    querystring: NoQuery,
    ...ownProblems({ more: ["auth.outside_role"] }),
    response: { 200: TotpReset, ...problems(400, 401, 403, 404, 409) },
  },
};

/** `PUT /api/settings/second-factor-roles`: what it takes and answers, and its description in openapi.json. */
export const requireSecondFactorOperation = {
  config: { scope: "settings:write" as const, stepUp: true as const },
  schema: {
    operationId: "requireSecondFactor",
    tags: ["settings"],
    summary: "Say whose users must have a second factor",
    description:
      "The whole list; `[]` is nobody. A user of such a role without an authenticator app or a passkey can do nothing but set one up, from the next request on, and nobody turns the last one off. Only an owner changes it, who must have a second factor; management tokens and the command line are not concerned. Needs the scope `settings:write`.",
    querystring: NoQuery,
    body: SecondFactorRolesBody,
    ...ownProblems({ more: ["auth.outside_role", "auth.outside_bound"] }),
    response: { 200: SettingsAnswer, ...problems(400, 401, 403, 409, 413, 415) },
  },
};
