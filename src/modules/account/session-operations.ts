import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery } from "../../platform/http/schemas.ts";
import { CurrentSession, LogInBody, LoggedIn, SessionEnded, SteppedUp } from "./account-schemas.ts";
import { StepUpBody } from "./passkey-schemas.ts";

const config = { scope: "open" as const };
const tags = ["session"];
const RETRY_AFTER = { "Retry-After": { description: "After how many seconds to try again" } };
const COOKIE = {
  "Set-Cookie": { description: "The session, and that the browser is known; HttpOnly, SameSite=Strict" },
};

/** `GET /api/session`: what it takes and answers, and its description in openapi.json. */
export const readSessionOperation = {
  config,
  schema: {
    ...{ operationId: "readSession", tags, summary: "Who is logged in" },
    description:
      "What a page of the dashboard asks first. It is 200 as well when nobody is logged in: `user` is null then. Open: needs no credential.",
    querystring: NoQuery,
    response: { 200: CurrentSession, ...problems(400) },
  },
};

/** `POST /api/session`: what it takes and answers, and its description in openapi.json. */
export const logInOperation = {
  config,
  schema: {
    ...{ operationId: "logIn", tags, summary: "Log in with e-mail address and password" },
    description:
      "Starts a session, in a cookie, and ends the one that came along. With two-factor authentication it is 401 `auth.totp_required` until `code` is sent too, or `auth.passkey_required` where there is a passkey and no authenticator. Too many failures are 429 with `Retry-After`: of this browser if it logged in before, which a cookie tells, otherwise of its network. A page of another address is refused. Open: needs no credential.",
    "x-response-headers": { 200: COOKIE, 429: RETRY_AFTER },
    querystring: NoQuery,
    body: LogInBody,
    ...ownProblems({ more: ["auth.login_failed", "auth.totp_required", "auth.passkey_required"] }),
    response: { 200: LoggedIn, ...problems(400, 401, 403, 413, 415, 429) },
  },
};

/** `POST /api/session/step-up`: what it takes and answers, and its description in openapi.json. */
export const stepUpOperation = {
  config: { scope: "session" as const, beforeSecondFactor: true as const },
  schema: {
    operationId: "stepUp",
    tags,
    summary: "Confirm that it is you",
    description:
      "With the password, a code or a passkey. What a session alone must not be able to do asks for it with 403 `auth.step_up_required`, unless it was given within 10 minutes; a log-in counts. Failures count as those of the log-in. Cookie and `csrf_token` are new. For a logged-in user.",
    "x-response-headers": { 200: COOKIE },
    querystring: NoQuery,
    body: StepUpBody,
    ...ownProblems({ more: ["auth.throttled"] }),
    response: { 200: SteppedUp, ...problems(400, 401, 403, 409, 413, 415, 429) },
  },
};

/** `DELETE /api/session`: what it takes and answers, and its description in openapi.json. */
export const logOutOperation = {
  config,
  schema: {
    ...{ operationId: "logOut", tags, summary: "Log out: end the session of this browser" },
    description:
      "Needs `X-CSRF-Token` where there is a session. Repeating it changes nothing and answers the same. Open: needs no credential.",
    "x-response-headers": { 200: { "Set-Cookie": { description: "The session, ended" } } },
    querystring: NoQuery,
    response: { 200: SessionEnded, ...problems(400, 403) },
  },
};
