import { z } from "zod";
import { EmailAddress, storableText } from "../../platform/http/schemas.ts";
import { CustomerId, secretFields } from "../moves/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const CreateGuestBody = z
  .strictObject({
    email: EmailAddress.nullish().meta({ description: "Where mails about the purchase go; a code to join with, too" }),
  })
  .meta({ id: "CreateGuest", examples: [{ email: "guest@example.com" }] });
export type CreateGuestBody = z.infer<typeof CreateGuestBody>;

export const Guest = z
  .object({
    customer_id: z.string().meta({
      description: "Stands for this buyer wherever a `customer_id` does. Keep it with the order",
      examples: ["guest_abc123"],
    }),
    shop: z.string().meta({ examples: ["default"] }),
    email: z.string().nullable(),
  })
  .meta({ id: "Guest", description: "A buyer without an account in the shop" });

export const SendJoinCodeBody = z.strictObject({}).meta({ id: "SendJoinCode", examples: [{}] });

export const SentJoinCode = z
  .object({
    message: z.literal("Code made"),
    mailed: z.boolean().meta({ description: "Whether it is mailed to the guest's address now" }),
    expires_at: UnixSeconds,
  })
  .meta({ id: "SentJoinCode", description: "The code is known to whoever reads the guest's mail, and to nobody else" });

export const JoinGuestBody = z
  .strictObject({
    customer_id: CustomerId.meta({ description: "The account that the guest's purchases join", examples: ["43"] }),
    code: storableText()
      .min(1)
      .max(40)
      .nullish()
      .meta({
        description:
          "From the mail that `join-code` sent, in any case. Absent or null: whoever calls answers for it that they are one person",
        examples: ["K7QX2M9T"],
      }),
    ...secretFields,
  })
  .meta({ id: "JoinGuest", examples: [{ customer_id: "43", code: "K7QX2M9T" }] });
export type JoinGuestBody = z.infer<typeof JoinGuestBody>;
