import { z } from "zod";
import { EmailAddress, queryChoice, queryText, queryTime, storableText } from "../../platform/http/schemas.ts";
import { timeOrNull } from "../../platform/http/unix-time.ts";
import { GRACE_DAYS_MAX, versionTermFields } from "../grants/index.ts";
import { renewalOutcomeFields } from "../renewals/index.ts";
import { REASON, Reason } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

/** Also what is in a path is stored: it is bounded, and never empty. */
const pathText = (description: string, example: string) =>
  storableText()
    .min(1, "is empty")
    .max(255)
    .meta({ description, examples: [example] });

const OrderPath = {
  customer_id: pathText(
    "The shop's own id of its customer; a slash is written `%2F`. `0` is a guest, who has none",
    "42",
  ).refine((id) => id !== "0", "is 0, which stands for a guest: nobody can be granted anything by it"),
  shop: pathText("The management token's own shop; another one does not exist for it", "default"),
  order_id: pathText("The shop's own id of the order", "order_12345"),
};
export const OrderParams = z.strictObject(OrderPath);
export const LineParams = z.strictObject({
  ...OrderPath,
  line: pathText("Which line of the order: its id, or its number", "1"),
});

const time = (description: string, example: number) => timeOrNull(`${description}. Unix seconds`, example);

const PackageText = storableText()
  .max(300)
  .meta({
    description:
      "What was sold: `acme/checkout` is one package, `acme/checkout-*` a prefix, `acme/` or `acme/*` a whole vendor",
    examples: ["acme/checkout"],
  });

export const SetGrantLineBody = z
  .strictObject({
    package: PackageText.nullish(),
    packages: z
      .array(PackageText)
      .min(1, "must name at least one package; use DELETE to take everything away")
      .max(500)
      .nullish()
      .meta({ description: "Instead of `package`, where a line is a bundle", examples: [["acme/checkout"]] }),
    ...versionTermFields,
    starts_at: time("From when it is in force; null: at once", 1704067200).optional(),
    expires_at: time("From when nothing can be installed any more; null: never", 1735689600).optional(),
    grace_days: z.int().min(0).max(GRACE_DAYS_MAX).nullish().meta({
      description:
        "For how many days it goes on after `expires_at`, until a renewal comes. Absent or null: what the management token says, else 0",
    }),
    occurred_at: time(
      "When the shop sold, renewed or changed it: an older event never overrides a newer one. Absent: now",
      1704067200,
    ).optional(),
    with_dependencies: z.boolean().nullish().meta({
      description: "Grants also what is hosted here and required by what was sold, as of now. Default false",
    }),
    email: EmailAddress.nullish().meta({
      description: "The customer's; replaces an earlier one, as `PATCH` of the customer does",
    }),
    reason: Reason.nullish(),
  })
  .meta({
    id: "SetGrantLine",
    examples: [
      { package: "acme/checkout", updates_until: 1830297600, occurred_at: 1735689600, email: "customer@example.com" },
    ],
  });
export type SetGrantLineBody = z.infer<typeof SetGrantLineBody>;

export const CancelQuery = z.strictObject({
  occurred_at: queryTime("When the shop cancelled it: an older event never overrides a newer one. Absent: now"),
  keep: queryChoice(["released"]).optional().meta({
    description: "`released`: what was released by then stays installable for ever; what comes later is not covered",
  }),
  reason: queryText(500)
    .optional()
    .meta({ description: REASON, examples: ["Refunded"] }),
});
export type CancelQuery = z.infer<typeof CancelQuery>;

/** What was sold with a line. */
export const termsFields = {
  packages: z.array(z.string()).meta({
    description: "Sorted. Empty where only a cancellation is known: its purchase, should it still come, is ignored",
    examples: [["acme/checkout"]],
  }),
  constraint: z.string().nullable(),
  stability: z.string().nullable(),
  updates_until: UnixSeconds.nullable(),
  starts_at: UnixSeconds.nullable(),
  expires_at: UnixSeconds.nullable(),
  grace_days: z.int().meta({ description: "For how many days it goes on after `expires_at`" }),
  with_dependencies: z.boolean(),
  dependencies: z.array(z.string()).meta({ description: "What is granted along with it" }),
};

const lineFields = {
  customer_id: z.string().meta({ examples: ["42"] }),
  shop: z.string().meta({ examples: ["default"] }),
  order_id: z.string().meta({ examples: ["order_12345"] }),
  line: z.string().meta({ examples: ["1"] }),
  status: z.enum(["active", "pending", "suspended", "lapsed", "released", "revoked"]).meta({
    description:
      "`pending`: has not started; `suspended`: opens nothing until it is resumed; `lapsed`: has expired, and its grace is over; `released`: was cancelled, and keeps what was released by then; `revoked`: was cancelled",
  }),
  ...termsFields,
  grace_until: UnixSeconds.nullable().meta({
    description: "Until when it goes on with its grace; null: it has no grace, or no end",
  }),
  in_grace: z.boolean().meta({ description: "Its end has passed, and it goes on until `grace_until`" }),
  occurred_at: UnixSeconds.nullable().meta({ description: "Of the latest purchase or change" }),
  cancelled_at: UnixSeconds.nullable().meta({ description: "Of the cancellation that is in force; null: none is" }),
  suspended_at: UnixSeconds.nullable().meta({ description: "null: it is not suspended" }),
};

const outcomeFields = {
  applied: z.boolean().meta({ description: "false: something newer is in force, and `reason` says what" }),
  reason: z.string().nullable(),
};

export const GrantLine = z
  .object(lineFields)
  .meta({ id: "GrantLine", description: "What one line of an order grants to its customer" });

export const SetGrantLineAnswer = z
  .object({
    ...lineFields,
    ...outcomeFields,
    warnings: z.array(z.string()).meta({ description: "What will keep the customer from installing what was sold" }),
  })
  .meta({ id: "SetGrantLineAnswer", description: "What a line of an order grants now" });

export const RenewedGrantLine = z.object({ ...lineFields, ...renewalOutcomeFields }).meta({
  id: "RenewedGrantLine",
  description: "A line of an order as of now, and whether this renewal moved its end",
});

export const CancelledGrantLine = z.object({ ...lineFields, ...outcomeFields }).meta({
  id: "CancelledGrantLine",
  description: "A line of an order after a cancellation, and whether that one counted",
});

export const CancelledOrder = z
  .object({
    ...{ customer_id: lineFields.customer_id, shop: lineFields.shop, order_id: lineFields.order_id },
    lines: z
      .array(CancelledGrantLine)
      .meta({ description: "Those that are known; one that comes later is cancelled too" }),
  })
  .meta({ id: "CancelledOrder", description: "The lines of an order after a cancellation of all of it" });

/** `{shop}` and the rest of an address, as they come in. */
export type LineParams = z.infer<typeof LineParams>;
export type OrderParams = z.infer<typeof OrderParams>;
