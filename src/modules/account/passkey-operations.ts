import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { LoggedIn, NoBody } from "./account-schemas.ts";
import {
  AddPasskeyBody,
  Passkey,
  PasskeyAdded,
  PasskeyAssertion,
  PasskeyOptions,
  PasskeyRemoved,
  RenamePasskeyBody,
} from "./passkey-schemas.ts";

const config = { scope: "session" as const };
const open = { scope: "open" as const };
/** What leads to a second factor, and is asked about all the same. */
const ADDING = { ...config, stepUp: true as const, beforeSecondFactor: true as const };
const account = ["account"];
const session = ["session"];
const COOKIE = { "Set-Cookie": { description: "The session, with its new secret" } };
const IdParams = z.strictObject({
  id: storableText().meta({ description: "The passkey's `id`", examples: ["passkey_abc123"] }),
});

/** `GET /api/account/passkeys`: what it takes and answers, and its description in openapi.json. */
export const listPasskeysOperation = {
  config: { ...config, beforeSecondFactor: true as const },
  schema: {
    operationId: "listPasskeys",
    tags: account,
    summary: "Your passkeys",
    description: "The oldest first. For a logged-in user.",
    querystring: NoQuery,
    response: { 200: z.array(Passkey).meta({ description: "The oldest first" }), ...problems(400, 401, 403) },
  },
};

/** `POST /api/account/passkeys/options`: what it takes and answers, and its description in openapi.json. */
export const beginPasskeyOperation = {
  config: ADDING,
  schema: {
    operationId: "beginPasskey",
    tags: account,
    summary: "Begin to add a passkey",
    description:
      "Answers what the browser makes one from; the host is that of PUBLIC_URL, which must have a name. An empty body is `{}`. For a logged-in user.",
    querystring: NoQuery,
    body: NoBody,
    response: { 200: PasskeyOptions, ...problems(400, 401, 403, 409, 413, 415) },
  },
};

/** `POST /api/account/passkeys`: what it takes and answers, and its description in openapi.json. */
export const addPasskeyOperation = {
  config: ADDING,
  schema: {
    operationId: "addPasskey",
    tags: account,
    summary: "Add a passkey",
    description:
      "It logs in by itself from then on, and the password alone no more. The first second factor comes with recovery codes, and every other session of the user ends. Cookie and `csrf_token` are new. For a logged-in user.",
    "x-response-headers": { 201: COOKIE },
    querystring: NoQuery,
    body: AddPasskeyBody,
    response: { 201: PasskeyAdded, ...problems(400, 401, 403, 409, 413, 415) },
  },
};

/** `PATCH /api/account/passkeys/{id}`: what it takes and answers, and its description in openapi.json. */
export const renamePasskeyOperation = {
  config,
  schema: {
    operationId: "renamePasskey",
    tags: account,
    summary: "Rename a passkey",
    description: "Changes nothing else. For a logged-in user.",
    params: IdParams,
    querystring: NoQuery,
    body: RenamePasskeyBody,
    response: { 200: Passkey, ...problems(400, 401, 403, 404, 413, 415) },
  },
};

/** `DELETE /api/account/passkeys/{id}`: what it takes and answers, and its description in openapi.json. */
export const removePasskeyOperation = {
  config: { ...config, stepUp: true as const },
  schema: {
    operationId: "removePasskey",
    tags: account,
    summary: "Remove a passkey",
    description:
      "With the last second factor the recovery codes go; where the role must have one, the last one stays. Cookie and `csrf_token` are new. For a logged-in user.",
    "x-response-headers": { 200: COOKIE },
    params: IdParams,
    querystring: NoQuery,
    response: { 200: PasskeyRemoved, ...problems(400, 401, 403, 404, 409) },
  },
};

/** `POST /api/session/step-up/passkey-options`: what it takes and answers, and its description in openapi.json. */
export const passkeyStepUpOptionsOperation = {
  config: { ...config, beforeSecondFactor: true as const },
  schema: {
    operationId: "beginPasskeyStepUp",
    tags: session,
    summary: "Begin to confirm with a passkey that it is you",
    description: "What one of your passkeys is to sign. An empty body is `{}`. For a logged-in user.",
    querystring: NoQuery,
    body: NoBody,
    response: { 200: PasskeyOptions, ...problems(400, 401, 403, 409, 413, 415) },
  },
};

/** `POST /api/session/passkey-options`: what it takes and answers, and its description in openapi.json. */
export const passkeyLogInOptionsOperation = {
  config: open,
  schema: {
    operationId: "beginPasskeyLogIn",
    tags: session,
    summary: "Begin to log in with a passkey",
    description:
      "What a passkey is to sign; it names nobody, because the browser finds the passkey by itself. An empty body is `{}`. Open: needs no credential.",
    querystring: NoQuery,
    body: NoBody,
    response: { 200: PasskeyOptions, ...problems(400, 403, 409, 413, 415) },
  },
};

/** `POST /api/session/passkey`: what it takes and answers, and its description in openapi.json. */
export const passkeyLogInOperation = {
  config: open,
  schema: {
    operationId: "logInWithPasskey",
    tags: session,
    summary: "Log in with a passkey",
    description:
      "Instead of password and code: the passkey is had, and has verified the person. Answers as logging in does. A signature counts once. Open: needs no credential.",
    "x-response-headers": { 200: { "Set-Cookie": { description: "The session; HttpOnly, SameSite=Strict" } } },
    querystring: NoQuery,
    body: PasskeyAssertion,
    ...ownProblems({ more: ["auth.login_failed"] }),
    response: { 200: LoggedIn, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};
