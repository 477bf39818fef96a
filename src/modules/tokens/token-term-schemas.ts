import { z } from "zod";
import { timeOrNull } from "../../platform/http/unix-time.ts";
import { GRACE_DAYS_MAX, versionTermFields } from "../grants/index.ts";

export const GraceDays = z
  .int()
  .min(0)
  .max(GRACE_DAYS_MAX)
  .meta({
    description:
      "For how many days it goes on after `expires_at`, which stays as it is: composer says so, once a run. Never after a revocation. Null: what the management token's `grace_days` says, else 0",
    examples: [14],
  });

/** Of the token's own packages; see `versionTermFields`. */
export const versionTerms = {
  ...versionTermFields,
  updates_until: timeOrNull(
    "Keep what you paid for: versions released until then install for ever, later ones do not. Send it without `expires_at`, with which the token itself ends. Unix seconds; null: whatever is released",
  ).optional(),
};
