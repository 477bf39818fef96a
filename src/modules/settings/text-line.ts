import { storableText } from "../../platform/http/schemas.ts";

/** One line of text that a person typed into a form. */
export const line = (lengthMax: number) =>
  storableText()
    .trim()
    .min(1, "must not be empty; null clears it")
    .max(lengthMax)
    .refine((text) => !/\p{Cc}/u.test(text), "must not contain control characters");
