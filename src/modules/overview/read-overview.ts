import { nowSeconds } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import type { AuditRecord } from "../audit/index.ts";
import { listVisibleAuditEvents } from "../audit-events/index.ts";
import type { Principal } from "../callers/index.ts";
import { countCustomers } from "../customer-accounts/index.ts";
import { isWithinBound, listSourceRows } from "../sources/index.ts";
import { listTokens } from "../tokens/index.ts";
import type { PresentedToken } from "../tokens/index.ts";
import { DAY_SECONDS, reportUsage, startOfDay } from "../usage-reports/index.ts";
import type { UsageReportDeps } from "../usage-reports/index.ts";
import { countPackages, countRefusalDays, countTokenDays, countTokens, sumRefusals } from "./overview-queries.ts";
import type { DayCount, RefusalSum } from "./overview-queries.ts";

const SOON_SECONDS = 30 * DAY_SECONDS;
const REFUSAL_DAYS = 7;
const DEFAULT_DAYS = 30;
const EXPIRING_MAX = 5;
const RECENT_MAX = 8;

export interface OverviewDeps extends UsageReportDeps {
  database: Pick<Database, "db" | "engine">;
}

export interface OverviewDay {
  day: number;
  /** Tokens created. */
  sales: number;
  revoked: number;
  requests: number;
  downloads: number;
  installs: number;
  refused: number;
}

/** How the business stands. What a scope of its own is needed for is null without that scope. */
export interface Overview {
  tokens: { active: number; expiring_soon: number; suspended: number; expired: number; revoked: number };
  customers: number;
  packages: number;
  sources: { total: number; failing: number; syncing: number } | null;
  days: OverviewDay[];
  expiring: PresentedToken[] | null;
  failing_sources: { id: string; name: string; state_detail: string | null }[] | null;
  refusals: RefusalSum[];
  recent: AuditRecord[] | null;
}

/** Everything the first page of the dashboard shows, of what the caller sees, as of now. */
export async function readOverview(
  deps: OverviewDeps,
  caller: Principal,
  query: { days?: number | undefined },
): Promise<Overview> {
  const { db } = deps.database;
  const now = nowSeconds(deps.clock);
  const may = (scope: Parameters<typeof caller.scopes.has>[0]) => caller.scopes.has(scope);
  const sources = may("sources:read") ? await readSources(deps, caller) : undefined;
  return {
    tokens: await countTokens(db, caller, now, now + SOON_SECONDS),
    customers: await countCustomers(db, caller),
    packages: await countPackages(db, caller.packageBound),
    sources: sources?.counts ?? null,
    days: await readDays(deps, caller, query.days ?? DEFAULT_DAYS, now),
    expiring: may("tokens:read") ? await listExpiring(deps, caller) : null,
    failing_sources: sources?.failing ?? null,
    // They belong to no shop, as audit records of them: nothing for who is kept to some packages.
    refusals:
      caller.packageBound === null ? await sumRefusals(db, startOfDay(now) - (REFUSAL_DAYS - 1) * DAY_SECONDS) : [],
    recent: may("audit:read") ? (await listVisibleAuditEvents(deps, caller, { limit: RECENT_MAX })).records : null,
  };
}

async function readDays(deps: OverviewDeps, caller: Principal, count: number, now: number): Promise<OverviewDay[]> {
  const { db } = deps.database;
  const from = Math.max(0, startOfDay(now) - (count - 1) * DAY_SECONDS);
  const usage = await reportUsage(deps, caller, { from, to: now });
  const sales = byDay(await countTokenDays(db, caller, "created_at", from));
  const revoked = byDay(await countTokenDays(db, caller, "revoked_at", from));
  const refused = byDay(caller.packageBound === null ? await countRefusalDays(db, from) : []);
  return usage.map(({ day = 0, requests, downloads, installs }) => ({
    day,
    sales: sales.get(day) ?? 0,
    revoked: revoked.get(day) ?? 0,
    requests: requests ?? 0,
    ...{ downloads, installs },
    refused: refused.get(day) ?? 0,
  }));
}

function byDay(rows: readonly DayCount[]): Map<number, number> {
  return new Map(rows.map(({ day, count }) => [day, count]));
}

async function listExpiring(deps: OverviewDeps, caller: Principal): Promise<PresentedToken[]> {
  const query = { status: "active", sort: "expires_at", limit: EXPIRING_MAX } as const;
  return (await listTokens({ database: deps.database, clock: deps.clock }, caller, query)).tokens;
}

async function readSources(deps: OverviewDeps, caller: Principal) {
  const rows = (await listSourceRows(deps.database.db)).filter((row) => isWithinBound(caller, row));
  const failing = rows.filter(({ state }) => state === "failing");
  const syncing = rows.filter(({ state }) => state === "syncing").length;
  return {
    counts: { total: rows.length, failing: failing.length, syncing },
    failing: failing.map(({ id, name, state_detail }) => ({ id, name, state_detail })),
  };
}
