import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { storableText } from "../../platform/http/schemas.ts";
import { OverlapSeconds, PreviousSecret } from "../rotated-secrets/index.ts";
import { NETWORKS_MAX } from "./token-networks.ts";
import { SCOPES } from "../callers/index.ts";
import { GRACE_DAYS_MAX, STABILITIES } from "../grants/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const Secret = z.string().meta({ description: "The secret. Shown this once.", examples: ["pbm_…"] });

const Name = storableText()
  .max(200)
  .meta({ minLength: 1, description: "What people see in lists", examples: ["web shop"] });

const UniqueBy = z.enum(["order", "customer"]).meta({
  description:
    "For sales that name no `unique_by`. `order`: one token per order and buyer. A purchase that the shop delivers again within 7 days is answered as at first, with the same token and `duplicate: true`, so that a handler that knows nothing of repetitions goes on; one without an order id makes a token each time. `customer`: one token that reads what is granted to the customer; who has it is answered 200, without a secret. null: a token for every call",
});

const Credential = z.literal("customer").meta({
  description:
    "`customer`: one credential per customer. What is sold to a `customer_id` becomes a line of the customer's order, and each token made so opens all that its customer has, each part for its own term. null: a token opens its own prefixes and nothing else",
});

const Notify = z.boolean().meta({
  description: "Whether a sale that names no `notify` mails its customer how to install what was bought",
});

const GraceDays = z
  .int()
  .min(0)
  .max(GRACE_DAYS_MAX)
  .meta({
    description:
      "For how many days what is sold goes on after its end, where a sale does not say so itself: time to pay an invoice. null: none",
    examples: [14],
  });

const SaleStability = z.enum(STABILITIES).meta({
  description:
    "Of a sale that names no `stability`: versions as stable as this, or more, are sold, so that `stable` sells no branch. A default and no bound: a sale may name any, `dev` for all. null: every stability",
  examples: ["stable"],
});

const AllowedNetworks = z
  .array(storableText().max(50))
  .max(NETWORKS_MAX)
  .meta({
    description:
      "Addresses and networks it may be used from; from elsewhere a request is 403 `auth.outside_network`. Needs `TRUSTED_PROXIES` behind a proxy. null, or none: everywhere",
    examples: [["203.0.113.0/24"]],
  });

export const CreateManagementTokenBody = z
  .strictObject({
    name: Name,
    scopes: z
      .array(storableText().max(100))
      .min(1)
      .max(100)
      .meta({
        description: `What it may do, of the scopes the calling management token has itself: ${SCOPES.join(", ")}`,
        examples: [["tokens:write", "tokens:read", "customers:read"]],
      }),
    shop: storableText()
      .max(64)
      .nullish()
      .meta({ description: "The calling management token's own shop, which is the default" }),
    package_bound: z
      .array(storableText().max(300))
      .min(1, "must name at least one prefix; leave it out for everything the management token may grant")
      .max(500)
      .nullish()
      .meta({
        description:
          "Prefixes it may grant, see and manage. Absent or null: whatever the calling management token may grant.",
        examples: [["acme/"]],
      }),
    allowed_networks: AllowedNetworks.nullish(),
    expires_at: z
      .number()
      .nullish()
      .meta({ description: "Unix seconds from which it is refused; null: never", examples: [1893456000] }),
    unique_by: UniqueBy.nullish(),
    credential: Credential.nullish(),
    notify: Notify.nullish(),
    grace_days: GraceDays.nullish(),
    stability: SaleStability.nullish(),
  })
  .meta({
    id: "CreateManagementToken",
    examples: [
      { name: "web shop", scopes: ["tokens:write", "tokens:read", "customers:read"], package_bound: ["acme/"] },
    ],
  });
export type CreateManagementTokenBody = z.infer<typeof CreateManagementTokenBody>;

export const UpdateManagementTokenBody = z
  .strictObject({
    name: Name.optional(),
    unique_by: UniqueBy.nullable().optional(),
    credential: Credential.nullable().optional(),
    notify: Notify.optional(),
    grace_days: GraceDays.nullable().optional(),
    stability: SaleStability.nullable().optional(),
    allowed_networks: AllowedNetworks.nullable().optional(),
  })
  .meta({ id: "UpdateManagementToken", examples: [{ unique_by: "order" }] });
export type UpdateManagementTokenBody = z.infer<typeof UpdateManagementTokenBody>;

export const RotateManagementTokenBody = z
  .strictObject({ overlap_seconds: OverlapSeconds.nullish() })
  .meta({ id: "RotateManagementToken", examples: [{ overlap_seconds: 86400 }] });

export const ManagementTokenListQuery = z.strictObject({ limit: pageLimit(), cursor: pageCursor() });

const id = z.string().meta({ examples: ["mgmt_abc123"] });
const fields = {
  name: z.string(),
  last_four: z.string().meta({ description: "The end of the secret, to tell two apart", examples: ["x7Qz"] }),
  scopes: z.array(z.string()),
  shop: z.string().meta({ description: "The name space of customers it sees", examples: ["default"] }),
  package_bound: z.array(z.string()).nullable().meta({ description: "null: everything that is hosted here" }),
  allowed_networks: AllowedNetworks.nullable(),
  unique_by: UniqueBy.nullable(),
  credential: Credential.nullable(),
  notify: Notify,
  grace_days: GraceDays.nullable(),
  stability: SaleStability.nullable(),
  expires_at: UnixSeconds.nullable().meta({ description: "Unix seconds from which it is refused; null: never" }),
  created_at: UnixSeconds,
  revoked_at: UnixSeconds.nullable(),
  last_used_at: UnixSeconds.nullable().meta({ description: "To the minute; null: never" }),
  last_used_address: z
    .string()
    .nullable()
    .meta({
      description: "The network address it was last used from, to the minute; null: never, or before it was kept",
      examples: ["203.0.113.7"],
    }),
  status: z.enum(["active", "expired", "revoked"]).meta({ description: "As of now" }),
};

export const ManagementToken = z
  .object({ id, ...fields })
  .meta({ id: "ManagementToken", description: "A management token" });

export const ManagementTokenDetail = z
  .object({ id, ...fields, previous_secret: PreviousSecret })
  .meta({ id: "ManagementTokenDetail", description: "A management token, with the secret before" });

export const CreatedManagementToken = z
  .object({
    ...{ id, token: Secret, ...fields },
    warnings: z.array(z.string()).optional().meta({ description: "What may not be meant, such as no package bound" }),
  })
  .meta({ id: "CreatedManagementToken", description: "The new management token, with its secret" });

export const RotatedManagementToken = z
  .object({ id, token: Secret, ...fields, previous_secret: PreviousSecret })
  .meta({ id: "RotatedManagementToken", description: "The management token, with its new secret" });

export const RevokedManagementToken = z
  .object({
    message: z.literal("Management token revoked"),
    enabled_webhooks: z.int().meta({
      description: "How many webhooks that it made go on sending: they are not its own. Remove those you do not know",
    }),
  })
  .meta({ id: "RevokedManagementToken", description: "The management token is revoked, now or before" });
