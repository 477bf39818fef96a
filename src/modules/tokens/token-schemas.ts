import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryChoice, queryText, queryTime, storableText, textProblem } from "../../platform/http/schemas.ts";
import { timeOrNull } from "../../platform/http/unix-time.ts";
import { REASON, Reason, shopParameter } from "../callers/index.ts";
import { renewalOutcomeFields } from "../renewals/index.ts";
import { OverlapSeconds, PreviousSecret } from "../rotated-secrets/index.ts";
import { searchText } from "../search/index.ts";
import { SUSPENDERS } from "./token-presenter.ts";
import { GraceDays, versionTerms } from "./token-term-schemas.ts";
import { TokenLeak } from "./token-leaks.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const ExpiresAt = timeOrNull(
  "Unix seconds from which the token is refused; null: never, also for what a shop calls a lifetime. A past time makes an expired token (as the example's is), and the answer warns. Milliseconds are refused.",
);

const Description = storableText()
  .refine((text) => text.trim() !== "", "must not be empty")
  .max(16_000)
  .meta({
    minLength: 1,
    description: "What people see in lists",
    examples: ["Customer: customer@example.com (Order: 12345)"],
  });

const Prefixes = z
  .array(storableText().max(300))
  .min(1, "must name at least one prefix; leave it out for everything the management token may grant")
  .max(500)
  .meta({
    description:
      "What the token may read: `acme/` or `acme/*` is a whole vendor, `acme/checkout-*` a prefix, `acme/checkout` one package. Absent or null: whatever the management token may grant; with `access` `customer` nothing of its own. Needed by `project`.",
    examples: [["your-vendor/"]],
  });

const RateLimitMax = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .meta({ description: "Requests per hour; null: no limit", examples: [1000] });

const METADATA_KEY_LENGTH_MAX = 255;

const Metadata = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null()], "must be a text, a number, a boolean or null"),
  )
  .superRefine((metadata, context) => {
    for (const [key, value] of Object.entries(metadata)) {
      const problem = metadataProblem(key, value);
      if (problem !== undefined) context.addIssue({ code: "custom", path: [key], message: problem });
    }
  })
  .meta({
    maxProperties: 50,
    description:
      "What the shop knows of the sale: at most 50 keys and 16 kB. Tokens are found by `customer_id`, `customer_email` and `order_id`, text or whole numbers; `customer_id` 0, empty or null is a guest order.",
    examples: [{ customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" }],
  });

function metadataProblem(key: string, value: unknown): string | undefined {
  if (key.length > METADATA_KEY_LENGTH_MAX) return `has a name of more than ${METADATA_KEY_LENGTH_MAX} characters`;
  return textProblem(key) ?? (typeof value === "string" ? textProblem(value) : undefined);
}

const Access = z.enum(["own", "customer", "project"]).meta({
  description:
    "`customer`: the token also reads what is granted to its customer, never past the bound of the management token that makes it. `project`: it reads of that only what lies within `allowed_package_prefixes`, which are needed then, and nothing else. Default `own`.",
});

const NOTIFY =
  "a token that is ready, renewed, ends soon or was revoked. Without a mail server or an address `warnings` say so";
const Notify = z.boolean();

/** `?include=instructions`: the mail that would be sent, for shops that mail by themselves. */
const include = queryChoice(["instructions"]).optional().meta({
  description:
    "`instructions`: the answer has the mail with the token, as it is made for customers here: `{subject, text, html}`. Needs no mail server",
});
export const CreateTokenQuery = z.strictObject({ shop: shopParameter, include });
export const RotateTokenQuery = z.strictObject({ include });

export const CreateTokenBody = z
  .strictObject({
    description: Description,
    permissions: z.literal("readonly").nullish().meta({ description: "The default and the only value" }),
    expires_at: ExpiresAt.optional(),
    grace_days: GraceDays.nullish(),
    allowed_package_prefixes: Prefixes.nullish(),
    with_dependencies: z.boolean().nullish().meta({
      description:
        "Grants also what is hosted here and required by the packages named, as of now and within the management token's bound; the answer has them as `dependencies`. Default false",
    }),
    ...versionTerms,
    rate_limit_max: RateLimitMax.nullish(),
    metadata: Metadata.nullish(),
    access: Access.nullish(),
    notify: Notify.nullish().meta({
      description: `\`true\`: the customer is mailed about ${NOTIFY}. Absent or null: what the management token's \`notify\` says`,
    }),
    unique_by: z.enum(["order", "customer", "none"]).nullish().meta({
      description:
        "`order`: at most one token for this shop, `metadata.order_id` and buyer: the customer, or the address of a guest. A repetition answers 200 with `duplicate: true` and no `token`, as the token stands now; what has ended is 409 `sale.ended`. `customer`: at most one token that reads what is granted to the customer, and a repetition answers the same; needs `access` `customer`. Absent or null: what the management token's `unique_by` says; with `order` a repetition within 7 days then answers 201 with the `token` of the first, and later ones 409. `none`: a token for every call.",
    }),
    again: z.boolean().nullish().meta({
      description:
        "`true`: sell the order again though what it sold has ended, which is 409 `sale.ended` otherwise. Changes nothing where it has not",
    }),
  })
  .meta({
    id: "CreateToken",
    // Word for word the request of the guide for shops.
    examples: [
      {
        description: "Customer: customer@example.com (Order: 12345)",
        permissions: "readonly",
        expires_at: 1735689600,
        allowed_package_prefixes: ["your-vendor/"],
        rate_limit_max: 1000,
        metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
      },
    ],
  });
export type CreateTokenBody = z.infer<typeof CreateTokenBody>;

export const UpdateTokenBody = z
  .strictObject({
    description: Description.optional(),
    expires_at: ExpiresAt.optional(),
    grace_days: GraceDays.nullable().optional(),
    allowed_package_prefixes: Prefixes.nullable().optional(),
    ...versionTerms,
    access: z.enum(["own", "customer"]).optional().meta({
      description:
        "`customer`: from now on the token, with the secret it has, also reads what its customer is granted; as far as its maker and the caller may grant. `own`: only its own packages, which it must have. Not of a project token",
    }),
    rate_limit_max: RateLimitMax.nullable().optional(),
    metadata: Metadata.nullable().optional().meta({
      description:
        "Replaces the whole object, the only field that does: without `customer_id` the token has no customer any more. What the body does not name stays",
    }),
    notify: Notify.optional().meta({ description: "Whether the customer is mailed from now on" }),
    reason: Reason.optional(),
  })
  .meta({ id: "UpdateToken", examples: [{ expires_at: 1767225600 }] });
export type UpdateTokenBody = z.infer<typeof UpdateTokenBody>;

export const TokenListQuery = z.strictObject({
  shop: shopParameter,
  customer_id: queryText(255)
    .optional()
    .meta({ description: "`metadata.customer_id`; the list is not cut short then", examples: ["cust_123"] }),
  order_id: queryText(255)
    .optional()
    .meta({ description: "`metadata.order_id`", examples: ["order_12345"] }),
  customer_email: queryText(320)
    .optional()
    .meta({
      description: "Tokens sold with this address, and those of a customer who has it now; in any case",
      examples: ["customer@example.com"],
    }),
  q: searchText(),
  package: queryText(200)
    .optional()
    .meta({ description: "Only tokens with a grant in force that covers this package", examples: ["acme/checkout"] }),
  expires_before: queryTime("Unix seconds; only tokens that expire before then. With `status=active`: soon"),
  status: queryChoice(["active", "suspended", "expired", "revoked", "all"])
    .optional()
    .meta({ description: "Default: all but revoked" }),
  sort: queryChoice(["created_at", "expires_at"]).optional().meta({
    description: "`created_at`, the default: newest first. `expires_at`: what expires, soonest first",
  }),
  limit: pageLimit("A whole number from 1 to 1000. Default 100; with `customer_id` no limit"),
  cursor: pageCursor(),
});
export type TokenListQuery = z.infer<typeof TokenListQuery>;

const specFields = {
  id: z.string().meta({ examples: ["token_abc123"] }),
  description: z.string().meta({ examples: ["Customer: customer@example.com (Order: 12345)"] }),
  permissions: z.literal("readonly"),
  expires_at: UnixSeconds.nullable().meta({ description: "Unix seconds from which it is refused; null: never" }),
  created_at: UnixSeconds,
};

const moreFields = {
  status: z.enum(["active", "suspended", "expired", "revoked"]).meta({ description: "As of now" }),
  grace_days: z.int().meta({ description: "For how many days it goes on after `expires_at`" }),
  grace_until: UnixSeconds.nullable().meta({ description: "When it really ends; null: at `expires_at`, or never" }),
  in_grace: z.boolean().meta({ description: "Whether it has ended and goes on; its `status` is `active` meanwhile" }),
  allowed_package_prefixes: z.array(z.string()).nullable().meta({
    description:
      "What it was given itself; null: everything that is hosted here. Of a project token: what it is narrowed to",
  }),
  updates_until: UnixSeconds.nullable().meta({
    description: "Of its own packages it opens only versions released until then, and those for ever; null: all",
  }),
  constraint: z.string().nullable().meta({ description: "Of its own packages, Composer's; null: every version" }),
  stability: z.string().nullable().meta({ description: "Of its own packages, the least; null: every stability" }),
  dependencies: z.array(z.string()).meta({ description: "Packages granted along, because its own require them" }),
  rate_limit_max: z.int().nullable().meta({ description: "Requests per hour; null: no limit" }),
  metadata: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: "As it was sent, without what was null" }),
  access: z.enum(["own", "customer", "project"]),
  notify: z.boolean().meta({ description: "Whether its customer is mailed what becomes of it" }),
  shop: z.string().meta({ description: "The name space of customers it belongs to", examples: ["default"] }),
  last_four: z.string().meta({ description: "The end of the secret, to tell two apart", examples: ["x7Qz"] }),
  updated_at: UnixSeconds,
  revoked_at: UnixSeconds.nullable(),
  suspended_at: UnixSeconds.nullable().meta({
    description: "Since when it opens nothing; null: it is not suspended. Its dates go on",
  }),
  suspended_by: z.array(z.enum(SUSPENDERS)).meta({
    description: "What suspended it, each to be resumed by itself: the token, its customer, its order",
  }),
  restorable_until: UnixSeconds.nullable().meta({
    description: "Until when `restore` takes its revocation back; null: it is not revoked, or that does not",
  }),
};

const LastUsed = UnixSeconds.nullable().meta({ description: "When composer last used it; null: never" });

export const Token = z
  .object({ ...specFields, last_used_at: LastUsed, ...moreFields })
  .meta({ id: "Token", description: "A customer token" });

/** What a change has to say besides. */
const changeWarnings = z.array(z.string()).optional().meta({ description: "What may not be meant" });

export const ChangedToken = z
  .object({ ...Token.shape, warnings: changeWarnings })
  .meta({ id: "ChangedToken", description: "A customer token after a change" });

export const RenewedToken = z
  .object({ ...Token.shape, ...renewalOutcomeFields, warnings: changeWarnings })
  .meta({ id: "RenewedToken", description: "A customer token as of now, and whether this renewal moved its end" });

const NetworkCounts = z.object({ today: z.int(), last_7_days: z.int(), last_30_days: z.int() });

export const TokenWithUsage = z
  .object({
    ...Token.shape,
    previous_secret: PreviousSecret,
    leaks: z.array(TokenLeak).meta({ description: "Reports that a secret of it was found in public, newest first" }),
    usage: z.object({
      requests_this_hour: z.int(),
      requests_total: z.int(),
      downloads_total: z.int(),
      rate_limit_remaining: z.int().nullable().meta({ description: "Requests free now; null: no limit" }),
      networks: NetworkCounts.meta({ description: "Distinct networks it was used from: /24 of IPv4, /48 of IPv6" }),
      ci_networks: NetworkCounts.meta({
        description: "Those of them that only continuous integration used it from, as composer says by itself",
      }),
    }),
  })
  .meta({ id: "TokenWithUsage", description: "A customer token and how it is used" });

const { id: Id, ...specFieldsAfterId } = specFields;
const fieldsWithSecret = {
  id: Id,
  token: z
    .string()
    .meta({ description: "The secret. Shown this once.", examples: ["the-actual-token-value-showed-once"] }),
  ...specFieldsAfterId,
  last_used_at: LastUsed,
  ...moreFields,
};

const MailInstructions = z
  .object({ subject: z.string(), text: z.string(), html: z.string() })
  .meta({ id: "MailInstructions", description: "The mail with the token. It holds the secret" });
const Mailed = z.boolean().meta({
  description: "Whether a mail with this secret goes to the customer now. A repeated sale mails nobody again",
});
const Instructions = MailInstructions.optional().meta({ description: "With `?include=instructions`" });

export const CreatedToken = z
  .object({
    ...fieldsWithSecret,
    mailed: Mailed,
    instructions: Instructions,
    warnings: z
      .array(z.string())
      .optional()
      .meta({ description: "What may not be meant, or will keep the buyer from installing what was sold" }),
    duplicate: z
      .literal(true)
      .optional()
      .meta({ description: "The order had this token already; by the management token's `unique_by` only" }),
  })
  .meta({ id: "CreatedToken", description: "The new customer token, with its secret" });

export const DuplicateToken = z
  .object({
    ...Token.shape,
    duplicate: z.literal(true),
    warnings: z.array(z.string()).optional().meta({ description: "What the repetition asks for beyond what there is" }),
  })
  .meta({
    id: "DuplicateToken",
    description: "The order, or the customer, has a token already; nothing was made, and no secret is shown",
  });

export const RotateTokenBody = z
  .strictObject({
    overlap_seconds: OverlapSeconds.nullish(),
    notify: Notify.nullish().meta({
      description: "Whether the customer is mailed the new secret. Absent or null: what the token's `notify` says",
    }),
  })
  .meta({ id: "RotateToken", examples: [{ overlap_seconds: 86400 }] });
export type RotateTokenBody = z.infer<typeof RotateTokenBody>;

export const RotatedToken = z
  .object({
    ...fieldsWithSecret,
    previous_secret: PreviousSecret,
    mailed: Mailed,
    instructions: Instructions,
    warnings: z.array(z.string()).optional().meta({ description: "Why no mail was sent that should have been" }),
  })
  .meta({ id: "RotatedToken", description: "The token, with its new secret" });

export const RevokeTokenQuery = z.strictObject({
  why: queryChoice(["leaked", "replaced"]).optional().meta({
    description:
      "`leaked`, or `replaced` by another token: final, nothing restores it. Absent: it can be restored for 30 days",
  }),
  reason: queryText(500)
    .optional()
    .meta({ description: REASON, examples: ["Chargeback 4711"] }),
});

/** Of what is done to a token and needs nothing but, perhaps, a word why. */
export const TokenActionBody = z
  .strictObject({ reason: Reason.nullish() })
  .meta({ id: "TokenAction", examples: [{ reason: "The invoice is unpaid" }] });

export const RevokedToken = z
  .object({ message: z.literal("Token revoked") })
  .meta({ id: "RevokedToken", description: "The token is revoked, now or before" });
