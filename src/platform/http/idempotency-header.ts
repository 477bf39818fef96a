import { z } from "zod";

/** The header that makes a POST safe to repeat. */
export const IdempotencyHeaders = z.looseObject({
  "idempotency-key": z
    .string()
    .optional()
    .meta({
      description:
        "Makes it safe to repeat: within 24 hours the same key gets the first answer again, a secret in it included. 1 to 255 printable ASCII characters.",
      examples: ["order_12345"],
    }),
});
/** For `x-response-headers` of an operation that takes one. */
export const REPLAYED = {
  "Idempotency-Replayed": { description: "`true` when this is the answer to an earlier request with the same key" },
};
