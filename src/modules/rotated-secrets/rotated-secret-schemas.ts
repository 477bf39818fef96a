import { z } from "zod";

const OVERLAP_SECONDS_MAX = 30 * 24 * 3600;

/** How long the replaced secret goes on working. */
export const OverlapSeconds = z
  .int()
  .min(0)
  .max(OVERLAP_SECONDS_MAX)
  .meta({
    description:
      "For how long the secret before goes on working beside the new one; up to 30 days. Default 0: it ends at once",
    examples: [86400],
  });

/** The newest secret that was replaced, as answers show it. */
export const PreviousSecret = z
  .object({
    last_four: z.string().meta({ description: "The end of the secret", examples: ["x7Qz"] }),
    expires_at: z.int().meta({ description: "Unix seconds from which it is refused", examples: [1735689600] }),
    last_used_at: z.int().nullable().meta({ description: "When it was last used, since it was replaced; null: never" }),
  })
  .nullable()
  .meta({ description: "The secret before the last rotation; null: never rotated" });
