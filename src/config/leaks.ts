import { z } from "zod";
import { perMinute, splitList } from "./fields.ts";

/** What is done about credentials that were found in public. */
export const leakVariables = {
  LEAKED_TOKENS: z
    .enum(["revoke_and_mail", "revoke", "mail", "record"], {
      error: "must be revoke_and_mail, revoke, mail or record",
    })
    .default("revoke_and_mail")
    .describe(
      "What is done with a customer token that is reported as found in public: `revoke_and_mail` ends it for good and mails its buyer, `revoke` ends it, `mail` only tells the buyer, `record` only notes it. A management token is always revoked.",
    ),
  LEAK_REPORT_SECRETS: z
    .string()
    .default("")
    .transform(splitList)
    .refine(
      (secrets) => secrets.every((secret) => /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)),
      "must be secrets such as whsec_…, with at least 24 random bytes in base64",
    )
    .describe(
      "Secrets of scanners that report leaked credentials with a signature of Standard Webhooks: `whsec_` and 24 or more random bytes in base64, comma-separated. Default: none.",
    ),
  LEAK_REPORT_KEYS: z
    .string()
    .min(1)
    .optional()
    .describe(
      "File with the public keys of scanners that sign as GitHub's secret scanning does, in the form of `https://api.github.com/meta/public_keys/secret_scanning`. Read at the start; nothing is fetched. Default: none.",
    ),
  LEAK_REPORT_LIMIT: perMinute(60).describe(
    "Reports of leaked credentials a minute from one address (IPv6: one /64), before they are answered 429. `0`: no limit. Per instance.",
  ),
};

type LeakValues = z.output<z.ZodObject<typeof leakVariables>>;

export interface Leaks {
  /** With customer tokens. */
  action: LeakValues["LEAKED_TOKENS"];
  secrets: readonly string[];
  keysFile: string | undefined;
  reportsPerMinute: number;
}

export function leaksOf(values: LeakValues): Leaks {
  return {
    action: values.LEAKED_TOKENS,
    secrets: values.LEAK_REPORT_SECRETS,
    keysFile: values.LEAK_REPORT_KEYS,
    reportsPerMinute: values.LEAK_REPORT_LIMIT,
  };
}
