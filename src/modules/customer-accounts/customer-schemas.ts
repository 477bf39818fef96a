import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { EmailAddress, queryChoice, storableText } from "../../platform/http/schemas.ts";
import { Reason, shopParameter } from "../callers/index.ts";
import { MAIL_KINDS } from "../customer-mails/index.ts";
import { OverlapSeconds, PreviousSecret } from "../rotated-secrets/index.ts";
import { searchText } from "../search/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const CustomerListQuery = z.strictObject({
  ...{ shop: shopParameter, q: searchText(), limit: pageLimit(), cursor: pageCursor() },
});
export type CustomerListQuery = z.infer<typeof CustomerListQuery>;

export const CustomerTokenQuery = z.strictObject({
  shop: shopParameter,
  status: queryChoice(["active", "suspended", "expired", "revoked", "all"])
    .optional()
    .meta({ description: "Default: all" }),
  limit: pageLimit("A whole number from 1 to 1000. Default: no limit"),
  cursor: pageCursor(),
});
export type CustomerTokenQuery = z.infer<typeof CustomerTokenQuery>;

/** Of grants, and of history. */
export const CustomerPageQuery = z.strictObject({ shop: shopParameter, limit: pageLimit(), cursor: pageCursor() });
export type CustomerPageQuery = z.infer<typeof CustomerPageQuery>;

const FailedMails = z.object({
  count: z.int().min(1),
  last: z
    .object({
      id: z.string().meta({ description: "For `POST /api/mails/{id}/retry`", examples: ["mail_abc123"] }),
      kind: z.enum(MAIL_KINDS),
      token_id: z.string().meta({ examples: ["token_abc123"] }),
      to: z.string().nullable().meta({ description: "The address that refused it" }),
      detail: z
        .string()
        .nullable()
        .meta({
          description: "Why, in words",
          examples: ["The mail server refused the address for good (550 5.1.1)."],
        }),
      failed_at: UnixSeconds.nullable(),
      can_retry: z.boolean().meta({ description: "Whether what it says is known still" }),
    })
    .meta({ description: "The newest of them" }),
});

export const Customer = z
  .object({
    id: z.string().meta({ description: "Ours", examples: ["cust_abc123"] }),
    customer_id: z.string().meta({ description: "The shop's own id", examples: ["42"] }),
    shop: z.string().meta({ examples: ["default"] }),
    email: z.string().nullable(),
    created_at: UnixSeconds,
    updated_at: UnixSeconds,
    revoked_at: UnixSeconds.nullable().meta({
      description: "When everything it had until then was revoked; null: it was not, or was restored since",
    }),
    suspended_at: UnixSeconds.nullable().meta({
      description: "Since when nothing it has opens anything, until it is resumed; null: it is not suspended",
    }),
    erased_at: UnixSeconds.nullable().meta({ description: "When personal values were erased; null: they were not" }),
    tokens: z.object({ active: z.int(), suspended: z.int(), expired: z.int(), revoked: z.int() }),
    last_used_at: UnixSeconds.nullable().meta({
      description: "When composer last used one of its tokens; null: never",
    }),
    next_expires_at: UnixSeconds.nullable().meta({ description: "The next expiry of an active token; null: none" }),
    failed_mails: FailedMails.nullable().meta({
      description: "Mails that were refused for good and not made up for since; null: all went out",
    }),
  })
  .meta({ id: "Customer", description: "Who bought, as a shop names it, and what its tokens come to" });

export const NamedCustomer = z
  .object({
    ...Customer.shape,
    also_known_as: z.array(z.string()).meta({
      description: "Ids of the shop that name this customer besides: of those that were merged into it",
      examples: [["41"]],
    }),
    variants: z.array(z.string()).meta({
      description: "Other customers of the shop whose id differs by blanks only: the same person, who can be merged",
      examples: [["42 "]],
    }),
  })
  .meta({ id: "NamedCustomer", description: "A customer, and by what else it is known" });

export const CustomerGrant = z
  .object({
    id: z.string().meta({ examples: ["grant_abc123"] }),
    token: z.string().nullable().meta({ description: "The token that holds it; null: the customer itself" }),
    package_pattern: z.string().meta({ description: "`*` is everything", examples: ["acme/"] }),
    version_constraint: z.string().nullable(),
    stability: z.string().nullable(),
    updates_until: UnixSeconds.nullable().meta({ description: "Versions released later are not covered" }),
    starts_at: UnixSeconds.nullable(),
    expires_at: UnixSeconds.nullable(),
    grace_until: UnixSeconds.nullable().meta({
      description: "Until when it goes on after `expires_at`; null: not at all",
    }),
    order_id: z.string().nullable(),
    line: z.string().nullable(),
    dependency: z.boolean().meta({ description: "Granted because something that was sold requires it" }),
    occurred_at: UnixSeconds.nullable().meta({ description: "When the shop sold or last changed it" }),
    status: z.enum(["active", "pending", "suspended", "lapsed", "revoked"]).meta({
      description:
        "Now. What a token holds ends with the token: `lapsed` when it expired, `suspended` or `revoked` when it was",
    }),
    revoked_at: UnixSeconds.nullable().meta({ description: "When it was revoked, or its token; null: it was not" }),
    suspended_at: UnixSeconds.nullable().meta({ description: "Since when it is suspended, or its token; null: not" }),
    created_at: UnixSeconds,
  })
  .meta({ id: "CustomerGrant", description: "What a customer, or one of its tokens, may read" });

export const UpdateCustomerBody = z
  .strictObject({
    email: EmailAddress.nullable().optional().meta({
      description:
        "null: none. Mails about all that was sold so far go to it from now on; a later sale does not change it",
    }),
  })
  .meta({ id: "UpdateCustomer", examples: [{ email: "customer@example.com" }] });
export type UpdateCustomerBody = z.infer<typeof UpdateCustomerBody>;

export const RevokeCustomerBody = z
  .strictObject({ reason: Reason.nullish() })
  .meta({ id: "RevokeCustomer", examples: [{ reason: "Chargeback 4711" }] });

export const SuspendCustomerBody = z
  .strictObject({ reason: Reason.nullish() })
  .meta({ id: "SuspendCustomer", examples: [{ reason: "The invoice is unpaid" }] });

export const RevokedCustomer = z
  .object({
    message: z.literal("Customer revoked"),
    tokens_revoked: z.int().meta({ description: "How many were not revoked before" }),
    grants_revoked: z.int().meta({ description: "The customer's own; those of tokens ended with them" }),
  })
  .meta({ id: "RevokedCustomer", description: "Everything the customer had is revoked, now or before" });

export const RestoreCustomerBody = z
  .strictObject({ reason: Reason.nullish() })
  .meta({ id: "RestoreCustomer", examples: [{}] });

export const RestoredCustomer = z
  .object({
    message: z.enum(["Customer restored", "Customer was not revoked"]),
    tokens_restored: z.int().meta({ description: "How many work again, or would if they had not expired" }),
    grants_restored: z.int().meta({ description: "The customer's own that were revoked and are not any more" }),
  })
  .meta({ id: "RestoredCustomer", description: "The last revocation is undone, now or before; or there was none" });

export const SuspendedCustomer = z
  .object({
    message: z.enum(["Customer suspended", "Customer resumed"]),
    suspended_at: UnixSeconds.nullable().meta({ description: "Since when it is suspended; null: it is not any more" }),
    tokens: z.int().meta({ description: "How many tokens this changed; 0 where it was so before" }),
  })
  .meta({ id: "SuspendedCustomer", description: "The customer is suspended, or is not any more; now or before" });

export const TransferCustomerBody = z
  .strictObject({
    email: EmailAddress.meta({ description: "Of the new owner" }),
    overlap_seconds: OverlapSeconds.nullish(),
    notify: z.boolean().nullish().meta({
      description: "Whether the new owner is mailed each new secret; absent or null: as each token says",
    }),
    customer_id: storableText()
      .min(1)
      .max(255)
      .refine((text) => text !== "0", "must not be 0, which means no customer")
      .nullish()
      .meta({
        description: "What the shop calls the customer from now on; needs the scope `customers:write` besides",
      }),
  })
  .meta({ id: "TransferCustomer", examples: [{ email: "new-owner@example.com", overlap_seconds: 86400 }] });
export type TransferCustomerBody = z.infer<typeof TransferCustomerBody>;

export const TransferredCustomer = z
  .object({
    message: z.literal("Customer transferred"),
    customer_id: z.string().meta({ examples: ["42"] }),
    shop: z.string().meta({ examples: ["default"] }),
    email: z.string().meta({ examples: ["new-owner@example.com"] }),
    tokens: z.array(
      z.object({
        id: z.string().meta({ examples: ["token_abc123"] }),
        description: z.string(),
        token: z
          .string()
          .meta({ description: "The secret. Shown this once.", examples: ["the-actual-token-value-showed-once"] }),
        last_four: z.string().meta({ examples: ["x7Qz"] }),
        previous_secret: PreviousSecret,
      }),
    ),
    warnings: z.array(z.string()).optional().meta({ description: "What kept a mail from being sent" }),
  })
  .meta({ id: "TransferredCustomer", description: "The customer under its new owner, with the new secrets" });
