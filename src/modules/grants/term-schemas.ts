import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";
import { timeOrNull } from "../../platform/http/unix-time.ts";

/** From the strictest on. */
export const STABILITIES = ["stable", "RC", "beta", "alpha", "dev"] as const;

/** Which versions of what is sold are covered, wherever something is sold. */
export const versionTermFields = {
  constraint: storableText()
    .min(1, "is empty; leave it out for every version")
    .max(500)
    .nullish()
    .meta({ description: "Composer's version constraint; null: every version", examples: ["^2.0"] }),
  stability: z.enum(STABILITIES).nullish().meta({
    description:
      "Versions as stable as this, or more, as in `minimum-stability`; `dev`: every version, branches too. Null: what the management token's `stability` says, else every version",
  }),
  updates_until: timeOrNull(
    "Only versions released until then, for ever; null: whatever is released. Unix seconds",
    1735689600,
  ).optional(),
};
