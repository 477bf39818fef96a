import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";

/** What a page sends of its own address. */
export function linkToken() {
  return storableText()
    .min(1)
    .max(200)
    .meta({
      description: "What stands behind `#` in the link",
      examples: ["Zm9yIGRvY3VtZW50YXRpb24gb25seSwgbm90IGEgbGluaw"],
    });
}

/** A password as it is sent; whether it is taken is told by its field. */
export function newPassword() {
  return storableText()
    .max(4_000)
    .meta({ description: "At least 12 characters", examples: ["correct horse battery"] });
}

const link = z.string().meta({
  description: "Hand it over where it was not mailed. In this answer and nowhere else; it works once.",
  examples: ["https://packages.example.com/invitation#…"],
});
export const linkFields = {
  link,
  expires_at: z.int().meta({ description: "Unix seconds from which the link is refused", examples: [1735689600] }),
  mailed: z
    .boolean()
    .meta({ description: "Whether it is mailed as well: true where SMTP_URL is set, unless too many mails wait" }),
};
