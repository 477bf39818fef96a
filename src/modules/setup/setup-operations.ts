import { z } from "zod";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { LoggedIn } from "../account/index.ts";
import { linkToken, newPassword } from "../one-time-links/index.ts";

const tags = ["set-up"];
const OPEN = { scope: "open" as const };
const COOKIE = {
  "Set-Cookie": { description: "The session, and that the browser is known; HttpOnly, SameSite=Strict" },
};

const SetupState = z
  .object({ required: z.boolean().meta({ description: "Whether no owner account exists yet" }) })
  .meta({ id: "SetupState", description: "Whether the set-up is still to be done" });

const CompleteSetupBody = z
  .strictObject({
    token: linkToken(),
    email: storableText()
      .max(254)
      .meta({ description: "The owner's e-mail address", examples: ["jane@example.com"] }),
    name: storableText()
      .max(200)
      .meta({ description: "What others see", examples: ["Jane Doe"] }),
    password: newPassword(),
  })
  .meta({
    id: "CompleteSetup",
    examples: [{ token: "…", email: "jane@example.com", name: "Jane Doe", password: "correct horse battery" }],
  });

/** `GET /api/setup`: what it takes and answers, and its description in openapi.json. */
export const getSetupOperation = {
  config: OPEN,
  schema: {
    ...{ operationId: "getSetup", tags, summary: "Whether the set-up is still to be done" },
    description: "It is, until an owner account exists. Open: needs no credential.",
    security: [],
    querystring: NoQuery,
    response: { 200: SetupState, ...problems(400) },
  },
};

/** `POST /api/setup`: what it takes and answers, and its description in openapi.json. */
export const completeSetupOperation = {
  config: OPEN,
  schema: {
    ...{ operationId: "completeSetup", tags, summary: "Make the owner account and log in" },
    description:
      "With the link that the server prints at its start; it works once, within 24 hours, and only until an owner account exists. Answers as logging in does, with the session cookie. Open: needs no credential.",
    security: [],
    "x-response-headers": { 201: COOKIE },
    querystring: NoQuery,
    body: CompleteSetupBody,
    response: { 201: LoggedIn, ...problems(400, 403, 404, 409, 410, 413, 415, 429) },
  },
};
