import { z } from "zod";
import { queryChoice, queryText, queryTime } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const span = {
  from: queryTime("Unix seconds; the whole day, UTC. Default: 30 days before `to`"),
  to: queryTime("Unix seconds; the whole day, UTC, at most 400 days after `from`. Default: today"),
};

export const UsageQuery = z.strictObject({
  shop: shopParameter,
  token_id: queryText(60)
    .optional()
    .meta({ description: "Of this token", examples: ["token_abc123"] }),
  customer_id: queryText(255)
    .optional()
    .meta({ description: "Of this customer, by the shop's own id", examples: ["42"] }),
  package: queryText(200)
    .optional()
    .meta({ description: "Of this package; requests are not counted by package", examples: ["acme/checkout"] }),
  ...span,
  group_by: queryChoice(["day", "package", "version"]).optional().meta({
    description: "`day`, the default: every day, also without any use. `package`, `version`: what was used most first",
  }),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

export const CustomerUsageQuery = UsageQuery.omit({ token_id: true, customer_id: true });

const count = () => z.int();

export const UsageRow = z
  .object({
    day: UnixSeconds.optional().meta({ description: "Its start, UTC; by day" }),
    package: z
      .string()
      .optional()
      .meta({ description: "By package", examples: ["acme/checkout"] }),
    version_normalized: z
      .string()
      .optional()
      .meta({ description: "By version", examples: ["1.2.0.0"] }),
    requests: count().nullable().meta({ description: "Every request of composer; null where a package is asked for" }),
    downloads: count().meta({ description: "Archives handed out" }),
    installs: count().meta({ description: "Reported by composer, also those from its own cache" }),
  })
  .meta({ id: "UsageRow", description: "What was used on a day, or of a package or version" });
