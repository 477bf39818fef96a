import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryChoice, queryText } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";
import { MAIL_KINDS } from "../customer-mails/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });
const STATES = ["pending", "sent", "failed", "cancelled"] as const;

export const MailListQuery = z.strictObject({
  shop: shopParameter,
  token_id: queryText(64)
    .optional()
    .meta({ description: "Only about this token", examples: ["token_abc123"] }),
  customer_id: queryText(255)
    .optional()
    .meta({ description: "Only to this customer, by the shop's own id", examples: ["cust_123"] }),
  state: queryChoice(STATES).optional().meta({ description: "Only these" }),
  limit: pageLimit(),
  cursor: pageCursor(),
});
export type MailListQuery = z.infer<typeof MailListQuery>;

export const CustomerMail = z
  .object({
    id: z.string().meta({ description: "Also in the mail's `Message-ID`", examples: ["mail_abc123"] }),
    kind: z.enum(MAIL_KINDS).meta({
      description:
        "`ready`: a token with its secret; `renewed`: it goes on longer; `expiring`: a reminder, `days_ahead` days before; `revoked`: it was ended",
    }),
    state: z.enum(STATES).meta({
      description:
        "`pending`: it is handed over at `next_attempt_at`; `sent`: a mail server took it; `failed`: it was refused for good, or nobody took it for three days; `cancelled`: it was not true any more before it went out",
    }),
    detail: z
      .string()
      .nullable()
      .meta({ description: "In words: why it failed, was cancelled, or is tried again", examples: [null] }),
    shop: z.string().meta({ examples: ["default"] }),
    token_id: z.string().meta({ examples: ["token_abc123"] }),
    customer_id: z.string().nullable().meta({ description: "The shop's own id; null for guest orders" }),
    to: z.string().nullable().meta({ description: "The address; null once the customer was erased" }),
    days_ahead: z.int().nullable(),
    attempts: z.int(),
    created_at: UnixSeconds,
    next_attempt_at: UnixSeconds.nullable(),
    finished_at: UnixSeconds.nullable().meta({ description: "When it was sent, failed or was cancelled" }),
    can_retry: z.boolean().meta({
      description: "Whether it can be sent again: it failed, and what it says is still known",
    }),
  })
  .meta({ id: "CustomerMail", description: "A mail to a customer; never what it says" });
