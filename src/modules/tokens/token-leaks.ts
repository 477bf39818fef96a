import { z } from "zod";
import type { Db } from "../../schema.ts";

/** A report that a secret of a token was found in public, as answers show it. */
export const TokenLeak = z.object({
  last_four: z.string().meta({ description: "The end of the secret that was found", examples: ["x7Qz"] }),
  reported_at: z.int().meta({ description: "Unix seconds", examples: [1735689600] }),
  source: z.string().nullable().meta({ description: "What kind of place it was in, as the reporter says" }),
  url: z.string().nullable().meta({ description: "Where it was found, as the reporter says" }),
  outcome: z.enum(["revoked", "secret_ended", "told", "noted"]).meta({
    description:
      "`revoked`: the token was ended for good. `secret_ended`: it was a secret that had been replaced, and that ended. `told`: its buyer was mailed only. `noted`: nothing was to be done, or the setting says so",
  }),
});
export type PresentedLeak = z.infer<typeof TokenLeak>;

/** Newest first. */
export async function listLeaksOf(db: Db, token: string): Promise<PresentedLeak[]> {
  return await db
    .selectFrom("leaked_secrets")
    .select(["last_four", "reported_at", "source", "url", "outcome"])
    .where("token", "=", token)
    .orderBy("reported_at", "desc")
    .orderBy("secret_hash")
    .execute();
}
