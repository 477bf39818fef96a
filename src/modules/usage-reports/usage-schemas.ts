import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryChoice, queryText, queryTime } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const span = {
  from: queryTime("Unix seconds; the whole day, UTC. Default: 30 days before `to`"),
  to: queryTime("Unix seconds; the whole day, UTC, at most 400 days after `from`. Default: today"),
};

const filters = {
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
  version: queryText(200)
    .optional()
    .meta({ description: "Of this version; needs `package`", examples: ["1.2.0"] }),
  ...span,
};

const GROUPINGS = ["day", "token", "customer", "package", "version"] as const;

export const UsageQuery = z.strictObject({
  ...filters,
  group_by: queryChoice(GROUPINGS).optional().meta({
    description:
      "`day`, the default: every day, also without any use. `token`, `customer`, `package`, `version`: what was downloaded most first; tokens of guests are one customer without an id",
  }),
  limit: pageLimit("A whole number from 1 to 1000. Default 1000"),
  cursor: pageCursor(),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

export const CustomerUsageQuery = UsageQuery.omit({ token_id: true, customer_id: true, limit: true, cursor: true });

export const UsageExportQuery = z.strictObject({
  ...filters,
  group_by: queryChoice([...GROUPINGS, "detail"])
    .optional()
    .meta({
      description:
        "As in the report, in the order of ids; `detail`: downloads and installs of each version with each token on each day",
    }),
});
export type UsageExportQuery = z.infer<typeof UsageExportQuery>;

const count = () => z.int();

export const UsageRow = z
  .object({
    day: UnixSeconds.optional().meta({ description: "Its start, UTC; by day" }),
    token_id: z
      .string()
      .optional()
      .meta({ description: "By token", examples: ["token_abc123"] }),
    shop: z
      .string()
      .nullable()
      .optional()
      .meta({ description: "By token and by customer", examples: ["default"] }),
    customer_id: z
      .string()
      .nullable()
      .optional()
      .meta({ description: "By token and by customer; null: of guests", examples: ["42"] }),
    package: z
      .string()
      .optional()
      .meta({ description: "By package and by version", examples: ["acme/checkout"] }),
    version_normalized: z
      .string()
      .optional()
      .meta({ description: "By version", examples: ["1.2.0.0"] }),
    requests: count().nullable().meta({ description: "Every request of composer; null where a package is asked for" }),
    downloads: count().meta({ description: "Archives handed out" }),
    installs: count().meta({ description: "Reported by composer, also those from its own cache" }),
  })
  .meta({ id: "UsageRow", description: "What was used on a day, or of a package or version" });
