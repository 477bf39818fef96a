import { z } from "zod";
import { queryText } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const ExplainQuery = z.strictObject({
  token_id: queryText(60)
    .optional()
    .meta({ description: "Whose access: a token's id …", examples: ["token_abc123"] }),
  customer_id: queryText(255)
    .optional()
    .meta({
      description: '… or a customer\'s, as the shop names it: what a token with `"access": "customer"` would read',
      examples: ["42"],
    }),
  package: queryText(300).meta({ description: "The name of a package", examples: ["acme/checkout"] }),
  version: queryText(200)
    .optional()
    .meta({
      description: "As composer writes it. Absent: the newest one, a stable one if there is any",
      examples: ["2.1.0"],
    }),
  shop: shopParameter,
});
export type ExplainQuery = z.infer<typeof ExplainQuery>;

/** Of several the first that is in the way is answered; what ended or has not begun before `not_covered`. */
export const REASONS = [
  ...[
    "token_revoked",
    "token_suspended",
    "token_expired",
    "package_unknown",
    "outside_project",
    "not_covered",
    "suspended",
    "lapsed",
    "revoked",
    "not_started",
  ],
  ...["source_failing", "version_unknown", "version_withdrawn"],
  ...["released_after_updates_until", "constraint_excludes", "stability_excludes", "rate_limited", "allowed"],
] as const;

const GRANT_REASONS = [
  ...["package_not_covered", "outside_project", "revoked", "lapsed", "suspended", "not_started"],
  ...["released_after_updates_until", "constraint_excludes", "stability_excludes", "unreadable"],
] as const;

export const AccessExplanation = z
  .object({
    allowed: z
      .boolean()
      .meta({ description: "Whether composer is shown this version, and may download it, right now" }),
    reason: z.enum(REASONS).meta({ description: "For programs" }),
    detail: z.string().meta({ description: "For people: why, and what to do" }),
    token: z
      .object({
        id: z.string(),
        status: z.enum(["active", "suspended", "expired", "revoked"]),
        expires_at: UnixSeconds.nullable(),
        grace_until: UnixSeconds.nullable().meta({ description: "Until when it goes on after that; null: not at all" }),
        suspended_by: z.array(z.enum(["token", "customer", "order"])).meta({ description: "What suspended it" }),
        access: z.enum(["own", "customer", "project"]),
        narrowed_to: z.array(z.string()).nullable().meta({
          description:
            "The part of its customer's grants that it reads: of a project token, and of one whose maker may grant no more; else null",
        }),
      })
      .nullable()
      .meta({ description: "null: a customer was asked about" }),
    grants: z
      .array(
        z.object({
          id: z.string().meta({ examples: ["grant_abc123"] }),
          pattern: z.string().meta({ description: "`*` is everything", examples: ["acme/"] }),
          order_id: z.string().nullable(),
          line: z.string().nullable(),
          token: z.string().nullable().meta({ description: "The token that holds it; null: the customer" }),
          dependency: z.boolean().meta({ description: "Granted because something that was sold requires it" }),
          version_constraint: z.string().nullable(),
          stability: z.string().nullable(),
          updates_until: UnixSeconds.nullable(),
          starts_at: UnixSeconds.nullable(),
          expires_at: UnixSeconds.nullable(),
          grace_until: UnixSeconds.nullable().meta({
            description: "Until when it goes on after that; null: not at all",
          }),
          revoked_at: UnixSeconds.nullable(),
          suspended_at: UnixSeconds.nullable(),
          applies: z.boolean(),
          why_not: z.enum(GRANT_REASONS).nullable(),
        }),
      )
      .meta({ description: "Everything the token or customer was ever granted; one that applies is enough" }),
    version: z.object({
      version: z
        .string()
        .nullable()
        .meta({ description: "Which one was looked at; null: there is none to look at", examples: ["2.1.0"] }),
      found: z.boolean().meta({ description: "Whether it is offered: known, and not withdrawn" }),
      withdrawn: z.boolean(),
      released_at: UnixSeconds.nullable(),
      stability: z.string().nullable(),
    }),
    newest_covered: z
      .string()
      .nullable()
      .meta({
        description: "The newest version that a grant in force opens, a stable one if there is any; null: none does",
        examples: ["1.4.2"],
      }),
    source: z
      .object({
        id: z.string(),
        name: z.string(),
        state: z.enum(["pending", "syncing", "active", "failing"]),
        synced_at: UnixSeconds.nullable().meta({ description: "When it last was in order" }),
      })
      .nullable()
      .meta({ description: "Where the package comes from; null: from nowhere any more, or it is not hosted" }),
    rate_limit: z
      .object({ limit: z.int(), remaining: z.int() })
      .nullable()
      .meta({ description: "Requests the token may make; null: nothing limits it" }),
    dependencies: z
      .array(z.object({ package: z.string(), allowed: z.boolean() }))
      .meta({ description: "What this version requires and is hosted here, and whether any version of it is shown" }),
    missing_dependencies: z.array(z.string()).meta({
      description:
        "What it requires of a vendor that is hosted here, and no source gives: composer finds it only where another repository of the buyer has it. Without `public_packages` of the settings",
      examples: [["acme/shared"]],
    }),
  })
  .meta({ id: "AccessExplanation", description: "Whether a version can be installed, and what is in the way" });
export type AccessExplanation = z.infer<typeof AccessExplanation>;
export type Reason = AccessExplanation["reason"];
