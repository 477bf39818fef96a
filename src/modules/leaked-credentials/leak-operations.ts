import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";

const REPORTED_MAX = 100;

const ReportedCredential = z.strictObject({
  token: z
    .string()
    .max(500)
    .meta({ description: "The secret that was found", examples: ["pbt_…"] }),
  type: z.string().max(200).nullish().meta({ description: "What the scanner takes it for; not looked at" }),
  url: storableText()
    .max(2000)
    .nullish()
    .meta({
      description: "Where it was found",
      examples: ["https://git.example.com/somebody/shop/blob/main/auth.json"],
    }),
  source: storableText()
    .max(100)
    .nullish()
    .meta({ description: "What kind of place that is", examples: ["commit"] }),
});

export const LeakReport = z
  .array(ReportedCredential)
  .min(1)
  .max(REPORTED_MAX)
  .meta({
    id: "LeakReport",
    description: "What was found, in the form that partners of GitHub's secret scanning get",
    examples: [[{ token: "pbt_…", url: "https://git.example.com/a/b", source: "commit" }]],
  });
export type LeakReport = z.infer<typeof LeakReport>;

const Accepted = z
  .object({ accepted: z.literal(true).meta({ description: "Whatever is known of it" }) })
  .meta({ id: "LeakReportAccepted", description: "The same whatever was reported", examples: [{ accepted: true }] });

/** `POST /api/leaked-credentials`: what it takes and answers, and its description in openapi.json. */
export const reportLeaksOperation = {
  schema: {
    ...{
      operationId: "reportLeakedCredentials",
      tags: ["leaks"],
      summary: "Report credentials that were found in public",
    },
    description:
      "For scanners. A management token that is among them is revoked at once and its owners are mailed; a customer token is ended for good and its buyer mailed, or what the setting `LEAKED_TOKENS` says. The answer is the same whether one of them is known here or none, and repeating it changes nothing. Instead of a credential it takes a signature over the exact body: that of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) or of GitHub's secret scanning (`Github-Public-Key-Identifier`, `Github-Public-Key-Signature`), by a key that the server was given. Needs the scope `leaks:write`.",
    querystring: NoQuery,
    body: LeakReport,
    ...ownProblems({ more: ["auth.invalid"] }),
    response: { 202: Accepted, ...problems(400, 401, 403, 413, 415, 429) },
  },
};
