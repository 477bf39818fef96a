import { z } from "zod";
import { ownProblems, problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { HintSchema } from "../source-hints/index.ts";
import { Branches, CreateSourceBody } from "../sources/index.ts";

const { url, filters, branches, username, password } = CreateSourceBody.shape;

const ProbeBody = z
  .strictObject({
    source_id: storableText()
      .max(100)
      .nullish()
      .meta({ description: "A source to be tested as it is, or with what else is given", examples: ["src_abc123"] }),
    url: url.nullish(),
    filters,
    branches,
    username,
    password: password.meta({
      description:
        "Password or access token. With `source_id` and a URL of the same scheme, host and port, the stored one unless given.",
    }),
  })
  .meta({ id: "ProbeSource", examples: [{ url: "https://git.example.com/acme/core.git", filters: ["acme/"] }] });
export type ProbeBody = z.infer<typeof ProbeBody>;

const Estimate = z.object({ tags: z.int(), branches: z.int() }).meta({ description: "That would be versions" });

const Reachable = z.object({
  reachable: z.literal(true),
  default_branch: z
    .string()
    .nullable()
    .meta({ examples: ["main"] }),
  refs: z.object({ branches: z.int(), tags: z.int() }),
  has_submodules: z
    .boolean()
    .nullable()
    .meta({ description: "Whether the default branch has git submodules; null: it was not looked at" }),
  preview: z.enum(["exact", "names"]).meta({
    description:
      "`exact`: every composer.json was read, as a sync does. `names`: that was too much, and only the names of branches and tags were looked at",
  }),
  versions_estimate: Estimate,
  choices: z
    .array(
      z.object({
        branches: Branches,
        versions_estimate: Estimate,
        branch_versions: z
          .array(z.string())
          .meta({ description: "The first 20 versions that come from branches", examples: [["dev-main", "2.x-dev"]] }),
      }),
    )
    .meta({
      description: "What a source would take with each `branches`: `none`, `default`, `all`, and those asked for",
    }),
  package: z
    .object({ name: z.string(), description: z.string().nullable(), type: z.string().nullable() })
    .nullable()
    .meta({ description: "By the composer.json of the default branch, which names every version" }),
  would_take: z
    .array(
      z.object({
        ref: z.string().meta({ examples: ["refs/tags/1.0"] }),
        package: z.string().nullable(),
        version: z.string(),
        stability: z.string(),
      }),
    )
    .meta({ description: "The 50 newest versions" }),
  would_take_total: z.int(),
  would_skip: z
    .array(
      z.object({
        ref: z.string(),
        reason: z.string(),
        what_to_do: z
          .string()
          .nullable()
          .meta({ description: "Of a tag, that it becomes a version; null where the reason says it" }),
      }),
    )
    .meta({ description: "The first 50" }),
  would_skip_total: z.int(),
  left_out_branches: z.int().meta({ description: "That `branches` leaves out" }),
  filter: z.object({
    matches: z.boolean().nullable().meta({ description: "Whether it takes `package`; null: its name is not known" }),
    detail: z.string(),
  }),
  vendor_suggestion: z
    .string()
    .nullable()
    .meta({ description: "A filter", examples: ["acme/"] }),
  warning: z.string().nullable().meta({ description: "In words: why a sync would find nothing" }),
  hints: z.array(HintSchema).meta({ description: "What a sync would remark; no failures" }),
});

const Unreachable = z.object({
  reachable: z.literal(false),
  problem: z.enum([
    ...(["authentication", "not_found", "host_not_found", "address_refused", "unreachable"] as const),
    ...(["timeout", "redirect", "certificate", "protocol", "other"] as const),
  ]),
  detail: z.string().meta({ description: "In words: what is wrong and what to do" }),
});

const SourceProbe = z
  .discriminatedUnion("reachable", [Reachable, Unreachable])
  .meta({ id: "SourceProbe", description: "What a sync of it would find, or why it would fail" });

/** `POST /api/sources/probe`: what it takes and answers, and its description in openapi.json. */
export const probeSourceOperation = {
  config: { scope: "sources:write" as const },
  schema: {
    ...{ operationId: "probeSource", tags: ["sources"], summary: "Test a source before it is added or changed" },
    description:
      "Connects with the credentials, and says what a sync would take and skip. Stores nothing. Answers within 20 seconds, also that nothing can be reached; two at once. Needs the scope `sources:write`.",
    querystring: NoQuery,
    body: ProbeBody,
    ...ownProblems({ more: ["auth.outside_bound"] }),
    response: { 200: SourceProbe, ...problems(400, 401, 403, 404, 413, 415, 429) },
  },
};
