import { z } from "zod";
import { Reason } from "../callers/index.ts";
import { AccessChanges } from "../moves/index.ts";
import { Token } from "../tokens/index.ts";

export const ConvertTokenBody = z
  .strictObject({
    same_person: z.boolean().nullish().meta({
      description:
        "Says that the buyer is the customer, where the sale came with an e-mail address the customer never had; it is one of the customer's from then on. Absent, null or false: such a token is refused",
    }),
    reason: Reason.nullish(),
  })
  .meta({ id: "ConvertToken", examples: [{ reason: "The shop sells one credential per customer now" }] });
export type ConvertTokenBody = z.infer<typeof ConvertTokenBody>;

const place = {
  order_id: z
    .string()
    .nullable()
    .meta({
      description: "The customer's order that has what the token was sold with; null: it had nothing of its own",
      examples: ["order_12345"],
    }),
  line: z
    .string()
    .nullable()
    .meta({ description: "The line of that order, named by its packages", examples: ["acme/checkout"] }),
};

export const ConvertedToken = z
  .object({
    ...Token.shape,
    message: z.string().meta({ examples: ["Token converted: it opens everything its customer has"] }),
    applied: z.boolean().meta({ description: "false: it opened everything its customer has already" }),
    ...place,
    warnings: z.array(z.string()).meta({ description: "What may not be meant, or is missing" }),
  })
  .meta({ id: "ConvertedToken", description: "The token as of now, and the line that it became" });

export const ConversionPreview = z
  .object({
    tokens: AccessChanges.meta({
      description: "The token itself, then the other tokens of its customer: what is sold to it is open for those too",
    }),
    ...place,
    another_address: z.boolean().meta({
      description:
        'true: the sale came with an address the customer never had, and converting needs `"same_person": true`',
    }),
    warnings: z.array(z.string()).meta({ description: "What the conversion would warn of" }),
  })
  .meta({ id: "ConversionPreview", description: "What converting the token would do. Nothing changed" });
