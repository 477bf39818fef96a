import { z } from "zod";
import { problems } from "../../platform/http/problem-schema.ts";
import { queryNumber } from "../../platform/http/schemas.ts";
import { AuditEvent } from "../audit-events/index.ts";
import { shopParameter } from "../callers/index.ts";
import { Token } from "../tokens/index.ts";

const DAYS_MAX = 400;
const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const OverviewQuery = z.strictObject({
  shop: shopParameter,
  days: queryNumber({
    min: 1,
    max: DAYS_MAX,
    message: "must be a whole number from 1 to 400",
    description: "How many days `days` has, today included: 1 to 400. Default 30",
    example: 30,
  }),
});

const Day = z.object({
  day: UnixSeconds.meta({ description: "Its start, UTC" }),
  sales: z.int().meta({ description: "Tokens created" }),
  revoked: z.int().meta({ description: "Tokens revoked" }),
  requests: z.int(),
  downloads: z.int(),
  installs: z.int(),
  refused: z.int().meta({ description: "Requests with a credential that was refused" }),
});

const Refusal = z.object({
  problem: z.string().meta({ examples: ["expired"] }),
  surface: z.enum(["composer", "api", "dashboard"]),
  count: z.int(),
  last_at: UnixSeconds,
});

const Overview = z
  .object({
    tokens: z.object({
      active: z.int(),
      expiring_soon: z.int().meta({ description: "Active, and expires within 30 days" }),
      suspended: z.int(),
      expired: z.int(),
      revoked: z.int(),
    }),
    customers: z.int(),
    packages: z.int(),
    sources: z
      .object({ total: z.int(), failing: z.int(), syncing: z.int() })
      .nullable()
      .meta({ description: "null without `sources:read`" }),
    days: z.array(Day).meta({ description: "Every day, oldest first" }),
    expiring: z.array(Token).nullable().meta({ description: "The next 5 to expire; null without `tokens:read`" }),
    failing_sources: z
      .array(z.object({ id: z.string(), name: z.string(), state_detail: z.string().nullable() }))
      .nullable()
      .meta({ description: "null without `sources:read`" }),
    refusals: z.array(Refusal).meta({ description: "Of the last 7 days, the most frequent first" }),
    recent: z.array(AuditEvent).nullable().meta({ description: "The last 8 records; null without `audit:read`" }),
  })
  .meta({ id: "Overview", description: "How the business stands" });

/** `GET /api/overview`: what it takes and answers, and its description in openapi.json. */
export const readOverviewOperation = {
  config: { scope: "usage:read" as const },
  schema: {
    ...{ operationId: "readOverview", tags: ["usage"], summary: "How the business stands, at one glance" },
    description:
      "Of the management token's shop, within its package bound. Refused are requests whose credential was not accepted: unknown, expired, suspended, revoked, rotated or of the wrong kind; they are recorded in bursts, at the latest after a minute, and belong to no shop. Packages that were not bought are not among them. Needs the scope `usage:read`.",
    querystring: OverviewQuery,
    response: { 200: Overview, ...problems(400, 401, 403, 404) },
  },
};
