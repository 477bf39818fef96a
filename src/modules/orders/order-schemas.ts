import { z } from "zod";
import { EmailAddress, storableText } from "../../platform/http/schemas.ts";
import { Reason } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const OrderParams = z.strictObject({
  order_id: storableText()
    .min(1)
    .max(255)
    .meta({
      description: "The shop's own number, as in `metadata.order_id`; a slash is written `%2F`",
      examples: ["12345"],
    }),
});

export const OrderActionBody = z
  .strictObject({
    customer_id: z
      .union([storableText().max(255), z.int()], "must be a text or a whole number")
      .nullish()
      .meta({
        description:
          "Whose order, as in `metadata.customer_id`; needed where several buyers have one of this number, and where nothing of it was sold yet. 0, empty or null is a guest",
        examples: ["42"],
      }),
    customer_email: z
      .union([EmailAddress, z.literal("")])
      .nullish()
      .meta({
        description: "The same of a guest; with a `customer_id` it says nothing",
        examples: ["customer@example.com"],
      }),
    reason: Reason.nullish(),
  })
  .meta({ id: "OrderAction", examples: [{ customer_id: "42", reason: "Refunded" }] });
export type OrderActionBody = z.infer<typeof OrderActionBody>;

const whose = {
  order_id: z.string().meta({ examples: ["12345"] }),
  shop: z.string().meta({ examples: ["default"] }),
  customer_id: z
    .string()
    .nullable()
    .meta({ description: "Whose order it is; null: a guest's", examples: ["42"] }),
};
const warnings = z
  .array(z.string())
  .optional()
  .meta({ description: "What may not be meant, such as a buyer who has nothing of the order" });
const TokenIds = (description: string) => z.array(z.string()).meta({ description, examples: [["token_abc123"]] });

export const RevokedOrder = z
  .object({
    message: z.literal("Order revoked"),
    ...whose,
    tokens_revoked: z
      .int()
      .meta({ description: "How many tokens ended now; 0 where there was none, or none any more" }),
    grants_revoked: z.int().meta({ description: "How many grants of its lines ended now" }),
    tokens: TokenIds("The tokens that ended now"),
    grants: z.array(z.string()).meta({ description: "The grants that ended now", examples: [["grant_abc123"]] }),
    tokens_kept: TokenIds(
      "Credentials of the order that hold nothing themselves and go on, because its customer has something else",
    ),
    warnings,
  })
  .meta({ id: "RevokedOrder", description: "Everything of the order is revoked, now or before" });

export const RestoredOrder = z
  .object({
    message: z.enum(["Order restored", "Order was not revoked"]),
    ...whose,
    tokens_restored: z.int().meta({ description: "How many work again, or would if nothing else kept them from it" }),
    grants_restored: z.int().meta({ description: "How many grants of its lines are in force that were not" }),
    tokens: TokenIds("The tokens that were restored now"),
    warnings,
  })
  .meta({ id: "RestoredOrder", description: "The last revocation is undone, now or before; or there was none" });

export const SuspendedOrder = z
  .object({
    message: z.enum(["Order suspended", "Order resumed"]),
    ...whose,
    suspended_at: UnixSeconds.nullable().meta({ description: "Since when it is suspended; null: it is not any more" }),
    tokens: TokenIds("The tokens that this changed"),
    grants: z.int().meta({ description: "How many grants of its lines this changed" }),
    warnings,
  })
  .meta({ id: "SuspendedOrder", description: "The order is suspended, or is not any more; now or before" });
