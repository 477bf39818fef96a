import { z } from "zod";
import { EmailAddress, storableText } from "../../platform/http/schemas.ts";
import { OverlapSeconds, PreviousSecret } from "../rotated-secrets/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const CustomerId = storableText()
  .max(255)
  .refine((text) => text.trim() !== "", "must not be empty")
  .refine((text) => text.trim() !== "0", "must not be 0, which means no customer");

/** What happens to the secrets of what moves. */
export const secretFields = {
  rotate: z.boolean().nullish().meta({
    description: "Whether each token that moves gets a new secret, which is in the answer. Absent or null: `true`",
  }),
  overlap_seconds: OverlapSeconds.nullish(),
  notify: z.boolean().nullish().meta({
    description:
      "Whether the new secrets are mailed to whoever has the tokens then; absent or null: as each token says",
  }),
};

export const MergeCustomersBody = z
  .strictObject({
    into: CustomerId.meta({
      description: "The shop's id of the customer who has everything from then on",
      examples: ["43"],
    }),
    ...secretFields,
  })
  .meta({ id: "MergeCustomers", examples: [{ into: "43" }] });
export type MergeCustomersBody = z.infer<typeof MergeCustomersBody>;

export const MoveTokenBody = z
  .strictObject({
    customer_id: CustomerId.meta({
      description: "The shop's id of the new owner; made if the shop has no customer of this id",
      examples: ["43"],
    }),
    email: EmailAddress.nullish().meta({
      description: "Of the new owner, for the labels of the token and its mails. Absent or null: the customer's",
    }),
    ...secretFields,
  })
  .meta({ id: "MoveToken", examples: [{ customer_id: "43", email: "new-owner@example.com" }] });
export type MoveTokenBody = z.infer<typeof MoveTokenBody>;

export const MoveOrderBody = z
  .strictObject({
    customer_id: storableText().min(1).max(255).nullish().meta({
      description: "Whose order it is; needed where several buyers have one of this number",
    }),
    customer_email: EmailAddress.nullish().meta({ description: "The same of a guest, who is no customer" }),
    to_customer_id: CustomerId.meta({
      description: "The shop's id of the new owner; made if the shop has no customer of this id",
      examples: ["43"],
    }),
    to_email: EmailAddress.nullish().meta({
      description: "Of the new owner, for the labels of the tokens and their mails. Absent or null: the customer's",
    }),
    ...secretFields,
  })
  .meta({ id: "MoveOrder", examples: [{ to_customer_id: "43", to_email: "new-owner@example.com" }] });
export type MoveOrderBody = z.infer<typeof MoveOrderBody>;

export const UndoMoveBody = z.strictObject(secretFields).meta({ id: "UndoMove", examples: [{}] });
export type UndoMoveBody = z.infer<typeof UndoMoveBody>;

const MoveId = z.string().meta({ description: "By which it is undone", examples: ["move_abc123"] });

export const MovedToken = z
  .object({
    id: z.string().meta({ examples: ["token_abc123"] }),
    description: z.string(),
    token: z
      .string()
      .nullable()
      .meta({
        description: "The new secret. Shown this once; null: it kept the one it had",
        examples: ["the-actual-token-value-showed-once"],
      }),
    last_four: z.string().meta({ examples: ["x7Qz"] }),
    previous_secret: PreviousSecret,
  })
  .meta({ id: "MovedToken", description: "A token that has another customer" });

const Warnings = z
  .array(z.string())
  .optional()
  .meta({ description: "What kept a mail from being sent, or is missing" });

export const MergedCustomers = z
  .object({
    message: z.literal("Customers merged"),
    ...{ move: MoveId, shop: z.string().meta({ examples: ["default"] }) },
    customer_id: z.string().meta({ description: "Who has everything now", examples: ["43"] }),
    merged_customer_id: z.string().meta({ description: "Whose id names them as well now", examples: ["42"] }),
    tokens: z.array(MovedToken),
    orders: z.array(z.string()).meta({ description: "Whose lines moved", examples: [["order_12345"]] }),
    undo_until: UnixSeconds,
    warnings: Warnings,
  })
  .meta({ id: "MergedCustomers", description: "The two are one customer, with the new secrets" });

export const MovedOneToken = z
  .object({
    message: z.literal("Token moved"),
    ...{ move: MoveId, shop: z.string().meta({ examples: ["default"] }) },
    customer_id: z.string().meta({ description: "Whose it is now", examples: ["43"] }),
    tokens: z.array(MovedToken).meta({ description: "This one" }),
    undo_until: UnixSeconds,
    warnings: Warnings,
  })
  .meta({ id: "MovedOneToken", description: "The token under its new owner" });

export const MovedOrder = z
  .object({
    message: z.literal("Order moved"),
    ...{ move: MoveId, shop: z.string().meta({ examples: ["default"] }) },
    order_id: z.string().meta({ examples: ["order_12345"] }),
    customer_id: z.string().meta({ description: "Whose it is now", examples: ["43"] }),
    tokens: z.array(MovedToken),
    undo_until: UnixSeconds,
    warnings: Warnings,
  })
  .meta({ id: "MovedOrder", description: "The order under its new owner, with the new secrets" });

export const UndoneMove = z
  .object({ message: z.literal("Move undone"), move: MoveId, tokens: z.array(MovedToken) })
  .meta({ id: "UndoneMove", description: "What moved is back, with the new secrets" });

/** What credentials would open that they do not now, one by one. */
export const AccessChanges = z.array(
  z.object({
    id: z.string().meta({ examples: ["token_abc123"] }),
    description: z.string(),
    last_four: z.string().meta({ examples: ["x7Qz"] }),
    status: z.string().meta({ examples: ["active"] }),
    gains: z.array(z.string()).meta({
      description: "Packages that it would open, or open more versions of",
      examples: [["acme/checkout"]],
    }),
    loses: z.array(z.string()).meta({ description: "Packages that it would open no more, or fewer versions of" }),
  }),
);

export const MovePreview = z.object({ tokens: AccessChanges }).meta({
  id: "MovePreview",
  description: "What each credential of both would open that it does not now. Nothing changed",
});

export const Move = z
  .object({
    id: MoveId,
    kind: z.enum(["merge", "token", "order"]),
    shop: z.string().meta({ examples: ["default"] }),
    from_customer_id: z
      .string()
      .nullable()
      .meta({ description: "null: a guest", examples: ["42"] }),
    to_customer_id: z.string().meta({ description: "Who has it now, unless it was undone", examples: ["43"] }),
    token: z.string().nullable().meta({ description: "The `id` of the token that moved" }),
    order_id: z.string().nullable(),
    created_at: UnixSeconds,
    undone_at: UnixSeconds.nullable(),
    undo_until: UnixSeconds.nullable().meta({ description: "Until when it can be undone; null: it cannot" }),
  })
  .meta({ id: "Move", description: "Something that was given to another customer" });
