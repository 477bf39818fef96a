import { z } from "zod";

/** The header that keeps a change from undoing somebody else's. */
export const IfMatchHeaders = z.looseObject({
  "if-match": z
    .string()
    .optional()
    .meta({
      description:
        "The `ETag` of what was read: somebody changed it since, and the answer is 412 and nothing happens. `*`, or leaving it out: whatever it is now.",
      examples: ['"5f2b…"'],
    }),
});

/** For `x-response-headers` of an operation that answers with one thing in its present state. */
export const ETAG = { ETag: { description: "Another one after every change; for `If-Match`" } };
