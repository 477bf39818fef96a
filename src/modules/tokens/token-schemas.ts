import { z } from "zod";
import { queryText } from "../../platform/http/schemas.ts";
import { expiryProblem } from "./token-expiry.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", example: 1735689600 });

const ExpiresAt = z
  .unknown()
  .superRefine((value, context) => {
    const problem = value === null || value === undefined ? undefined : expiryProblem(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem.detail });
  })
  .transform((value) => value as number | null | undefined)
  .meta({
    type: ["integer", "null"],
    description: "Unix seconds from which the token is refused; null or absent: never. A past time makes an expired token.",
    example: 1735689600,
  });

const Description = z
  .string()
  .refine((text) => text.trim() !== "", "must not be empty")
  .max(16_000)
  .meta({ description: "What people see in lists", example: "Customer: customer@example.com (Order: 12345)" });

const Prefixes = z
  .array(z.string().max(300))
  .min(1, "must name at least one prefix; leave it out for everything the management token may grant")
  .max(500)
  .meta({
    description:
      "What the token may read: `acme/` or `acme/*` is a whole vendor, `acme/checkout-*` a prefix, `acme/checkout` one package. Absent or null: whatever the management token may grant.",
    example: ["your-vendor/"],
  });

const RateLimitMax = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .meta({ description: "Requests per hour; null or absent: no limit", example: 1000 });

const Metadata = z.record(z.string().max(255), z.union([z.string(), z.number(), z.boolean(), z.null()])).meta({
  description:
    "At most 50 keys and 16 kB. `customer_id`, `customer_email` and `order_id` are what tokens are found by; `customer_id` 0, empty or null is a guest order.",
  example: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
});

const Access = z.enum(["own", "customer"]).meta({
  description: "`customer`: the token also reads what is granted to its customer. Default `own`.",
});

export const CreateTokenBody = z
  .strictObject({
    description: Description,
    permissions: z.literal("readonly").nullish().meta({ description: "The default and the only value" }),
    expires_at: ExpiresAt.optional(),
    allowed_package_prefixes: Prefixes.nullish(),
    rate_limit_max: RateLimitMax.nullish(),
    metadata: Metadata.nullish(),
    access: Access.nullish(),
    unique_by: z.literal("order").nullish().meta({
      description:
        "`order`: at most one token for this shop and `metadata.order_id`. A repetition answers 200 with `duplicate: true` and no `token`.",
    }),
  })
  .meta({ id: "CreateToken" });
export type CreateTokenBody = z.infer<typeof CreateTokenBody>;

export const UpdateTokenBody = z
  .strictObject({
    description: Description.optional(),
    expires_at: ExpiresAt.optional(),
    allowed_package_prefixes: Prefixes.nullable().optional(),
    rate_limit_max: RateLimitMax.nullable().optional(),
    metadata: Metadata.nullable().optional(),
  })
  .meta({ id: "UpdateToken" });
export type UpdateTokenBody = z.infer<typeof UpdateTokenBody>;

export const TokenListQuery = z.strictObject({
  customer_id: queryText(255).optional().meta({ description: "All tokens of this customer; never cut short" }),
  order_id: queryText(255).optional(),
  customer_email: queryText(320).optional(),
  status: z.enum(["active", "expired", "revoked", "all"]).optional().meta({ description: "Default: all but revoked" }),
  limit: queryText(4)
    .refine((text) => /^[1-9]\d*$/.test(text) && Number(text) <= 1000, "must be a whole number from 1 to 1000")
    .transform(Number)
    .optional()
    .meta({ type: "integer", description: "Default 100; with customer_id no limit" }),
  cursor: queryText(500).optional().meta({ description: "Opaque; from the Link header of the page before" }),
});
export type TokenListQuery = z.infer<typeof TokenListQuery>;

const specFields = {
  id: z.string().meta({ example: "token_abc123" }),
  description: z.string(),
  permissions: z.literal("readonly"),
  expires_at: UnixSeconds.nullable(),
  created_at: UnixSeconds,
};

const moreFields = {
  status: z.enum(["active", "expired", "revoked"]),
  allowed_package_prefixes: z
    .array(z.string())
    .nullable()
    .meta({ description: "null: everything that is hosted here" }),
  rate_limit_max: z.int().nullable(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  access: z.enum(["own", "customer"]),
  shop: z.string(),
  last_four: z.string(),
  updated_at: UnixSeconds,
  revoked_at: UnixSeconds.nullable(),
};

export const Token = z
  .object({ ...specFields, last_used_at: UnixSeconds.nullable(), ...moreFields })
  .meta({ id: "Token" });

export const TokenWithUsage = z
  .object({
    ...Token.shape,
    usage: z.object({
      requests_this_hour: z.int(),
      requests_total: z.int(),
      downloads_total: z.int(),
      rate_limit_remaining: z.int().nullable().meta({ description: "Requests free now; null: no limit" }),
    }),
  })
  .meta({ id: "TokenWithUsage" });

export const CreatedToken = z
  .object({
    id: specFields.id,
    token: z.string().meta({ description: "The secret. Shown this once.", example: "pbt_…" }),
    description: specFields.description,
    permissions: specFields.permissions,
    expires_at: specFields.expires_at,
    created_at: specFields.created_at,
    last_used_at: UnixSeconds.nullable(),
    ...moreFields,
    warnings: z.array(z.string()).optional(),
  })
  .meta({ id: "CreatedToken" });

export const DuplicateToken = z.object({ ...Token.shape, duplicate: z.literal(true) }).meta({ id: "DuplicateToken" });

export const RevokedToken = z.object({ message: z.literal("Token revoked") }).meta({ id: "RevokedToken" });
