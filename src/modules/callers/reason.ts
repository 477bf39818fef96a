import { storableText } from "../../platform/http/schemas.ts";

export const REASON = "Why, for people: kept with the audit record, and erased with the customer";

/** What somebody says of what they do. It may name people, so it is stored beside the audit record, never in it. */
export const Reason = storableText()
  .min(1)
  .max(500)
  .refine((text) => text.trim() !== "", "must not be blank; leave it out where there is none")
  .meta({ description: REASON, examples: ["Chargeback 4711"] });
