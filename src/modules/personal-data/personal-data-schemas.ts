import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";
import { AuditEvent } from "../audit-events/index.ts";
import { Customer, CustomerGrant } from "../customer-accounts/index.ts";
import { termsFields } from "../customer-grants/index.ts";
import { Token } from "../tokens/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });
const Day = z.int().meta({ description: "Start of the day, UTC, in Unix seconds", examples: [1735689600] });
const TokenId = z.string().meta({ examples: ["token_abc123"] });

export const EraseCustomerBody = z
  .strictObject({
    confirm: storableText().max(255).meta({ description: "The customer's id again, as in the path" }),
  })
  .meta({ id: "EraseCustomer", examples: [{ confirm: "42" }] });

export const ErasedCustomer = z
  .object({
    message: z.literal("Customer erased"),
    id: z.string().meta({ description: "Ours", examples: ["cust_abc123"] }),
    customer_id: z.string().meta({ description: "What it is called from now on", examples: ["erased-cust_abc123"] }),
    shop: z.string().meta({ examples: ["default"] }),
    erased_at: UnixSeconds.meta({ description: "When it was first erased" }),
    tokens_erased: z.int().meta({ description: "How many were erased now" }),
  })
  .meta({ id: "ErasedCustomer", description: "Nothing personal about the customer is held any more" });

export const EraseTokenBody = z
  .strictObject({ confirm: storableText().max(255).meta({ description: "The token's id again, as in the path" }) })
  .meta({ id: "EraseToken", examples: [{ confirm: "token_abc123" }] });

export const ErasedToken = z
  .object({ message: z.literal("Token erased"), id: TokenId })
  .meta({ id: "ErasedToken", description: "Nothing personal about the token is held any more" });

const HeldGrantLine = z.object({
  order_id: z.string().meta({ description: '"" stands for all orders' }),
  line: z.string().meta({ description: '"" stands for the whole order' }),
  granted_at: UnixSeconds.nullable(),
  terms: z.object(termsFields).nullable().meta({ description: "As sold; null: only cancellations are known" }),
  revocations: z.array(z.int()),
  releases: z.array(z.int()),
  ...{ created_at: UnixSeconds, updated_at: UnixSeconds },
});

const HeldMail = z.object({
  ...{ id: z.string(), kind: z.string(), token: TokenId, recipient: z.string().nullable(), state: z.string() },
  ...{ created_at: UnixSeconds, finished_at: UnixSeconds.nullable() },
});

const HeldMessage = z.object({
  ...{ id: z.string(), type: z.string(), occurred_at: UnixSeconds, data: z.record(z.string(), z.unknown()) },
  personal_values: z.record(z.string(), z.unknown()).nullable(),
});

const UsageDay = z.object({ token: TokenId, day: Day, requests: z.int(), downloads: z.int() });
const NetworkDay = z.object({ token: TokenId, day: Day, networks: z.int() });
const Downloads = z.object({
  ...{ token: TokenId, package: z.string(), version_normalized: z.string(), day: Day },
  ...{ downloads: z.int(), installs: z.int() },
});

const part = <T extends z.ZodType>(item: T, description: string) => z.array(item).nullable().meta({ description });

export const PersonalData = z
  .object({
    exported_at: UnixSeconds,
    left_out: z.array(z.string()).meta({
      description: "Scopes the caller lacks: the parts that need them are null. Empty: this is everything",
      examples: [["webhooks:read"]],
    }),
    customer: Customer.nullable().meta({ description: "null in the export of a token" }),
    tokens: part(Token, "Without secrets; of these only hashes are held. Needs `tokens:read`"),
    grants: part(CustomerGrant, "Of the customer and of its tokens. Needs `grants:read`"),
    grant_lines: part(HeldGrantLine, "What the shop told of its orders; null for a token. Needs `grants:read`"),
    usage_days: part(UsageDay, "Requests and downloads by day. Needs `usage:read`"),
    downloads: part(Downloads, "Which versions were downloaded when. Needs `usage:read`"),
    network_days: part(NetworkDay, "From how many networks; which ones is not held. Needs `usage:read`"),
    history: part(AuditEvent, "Audit records with their personal values, newest first"),
    mails: part(HeldMail, "What was mailed to whom. Needs `tokens:read`"),
    webhook_messages: part(HeldMessage, "What other systems were told, of the last 30 days. Needs `webhooks:read`"),
  })
  .meta({ id: "PersonalData", description: "Everything that is held of somebody" });
