import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { getVisiblePackage } from "../packages/index.ts";
import { getVisibleToken } from "../tokens/index.ts";
import type { Usage } from "../usage/index.ts";
import { DAY_SECONDS, everyDay, startOfDay } from "./days.ts";
import { sumDownloadDays, sumPackages, sumRequestDays, sumShopDays, sumVersions } from "./usage-report-queries.ts";
import type { DaySums, UsageFilter } from "./usage-report-queries.ts";
import type { UsageQuery } from "./usage-schemas.ts";

const DEFAULT_DAYS = 30;
const DAYS_MAX = 400;

export interface UsageReportDeps {
  database: Pick<Database, "db">;
  clock: Clock;
  usage: Pick<Usage, "flush">;
}

export interface UsageReportRow {
  day?: number;
  package?: string;
  version_normalized?: string;
  requests: number | null;
  downloads: number;
  installs: number;
}

/** How often what the caller sees was used: by day, and then every day, or what was used most first. */
export async function reportUsage(deps: UsageReportDeps, caller: Caller, query: UsageQuery): Promise<UsageReportRow[]> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const span = readSpan(query, nowSeconds(deps.clock));
  const filter = { ...span, ...(await whatIsMeant(db, caller, query)) };
  switch (query.group_by) {
    case "version":
      if (filter.package === undefined) throw invalidField("?group_by", "version needs ?package");
      return withoutRequests(await sumVersions(db, filter));
    case "package":
      return withoutRequests(await sumPackages(db, filter));
    case "day":
    case undefined:
      return everyDay(filter.first, filter.last).map(rowOfDay(await sumDays(db, caller, filter), filter));
  }
}

function readSpan(query: UsageQuery, now: number): { first: number; last: number } {
  const last = startOfDay(query.to ?? now);
  const first = startOfDay(query.from ?? Math.max(0, last - (DEFAULT_DAYS - 1) * DAY_SECONDS));
  if (first > last) throw invalidField("?from", "is after ?to");
  if (last - first >= DAYS_MAX * DAY_SECONDS) throw invalidField("?from", `is more than ${DAYS_MAX} days before ?to`);
  return { first, last };
}

/** What the caller may not see does not exist for it: 404. */
async function whatIsMeant(
  db: Db,
  caller: Caller,
  query: UsageQuery,
): Promise<Pick<UsageFilter, "tokens" | "package">> {
  const { token_id, customer_id } = query;
  const id = token_id === undefined ? undefined : (await getVisibleToken(db, caller, token_id)).id;
  const customer = customer_id === undefined ? undefined : (await getVisibleCustomer(db, caller, customer_id)).id;
  const hosted = query.package === undefined ? undefined : await getVisiblePackage(db, caller, query.package);
  const { shop, packageBound } = caller;
  const isEverybody = [id, customer, shop, packageBound].every((one) => one === undefined || one === null);
  return { tokens: isEverybody ? undefined : { shop, packageBound, id, customer }, package: hosted?.id };
}

async function sumDays(db: Db, caller: Caller, filter: UsageFilter): Promise<Map<number, DaySums>> {
  const { tokens } = filter;
  const isWholeShop = caller.packageBound === null && tokens?.id === undefined && tokens?.customer === undefined;
  if (isWholeShop && filter.package === undefined) {
    const rows = await sumShopDays(db, caller.shop, filter.first, filter.last);
    return new Map(rows.map((row) => [row.day, row]));
  }
  const downloads = await sumDownloadDays(db, filter);
  const days = new Map(downloads.map((row) => [row.day, { ...row, requests: 0 }]));
  if (filter.package !== undefined) return days;
  for (const { day, requests } of await sumRequestDays(db, filter)) {
    days.set(day, { ...(days.get(day) ?? { day, downloads: 0, installs: 0 }), requests });
  }
  return days;
}

function rowOfDay(sums: ReadonlyMap<number, DaySums>, filter: UsageFilter) {
  return (day: number): UsageReportRow => {
    const { requests, downloads, installs } = sums.get(day) ?? { requests: 0, downloads: 0, installs: 0 };
    return { day, requests: filter.package === undefined ? requests : null, downloads, installs };
  };
}

function withoutRequests<T>(rows: T[]): (T & { requests: null })[] {
  return rows.map((row) => ({ ...row, requests: null }));
}
