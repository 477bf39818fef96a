import { setImmediate } from "node:timers/promises";
import type { Db } from "../../schema.ts";
import { findPackageNames } from "../packages/index.ts";
import { DAY_SECONDS, everyDay } from "./days.ts";
import {
  findReportedTokens,
  listCustomerIds,
  listDownloadsOfDay,
  listReportedTokens,
  listTokensOfCustomers,
  sumDownloadDays,
  sumRequestDays,
  sumShopDays,
  sumTokens,
  sumVersions,
} from "./usage-report-queries.ts";
import type { DaySums, DownloadRow, ReportedToken, Sums, UsageFilter, VersionSums } from "./usage-report-queries.ts";

/** A few milliseconds of work each; SQLite answers at once, without ever letting go of the thread by itself. */
const TOKENS_AT_ONCE = 400;
const CUSTOMERS_AT_ONCE = 200;
const ROWS_AT_ONCE = 500;
const DAYS_AT_ONCE = 7;

/** What was counted of one thing. `requests` is null where a package is asked for: they are not counted by package. */
export interface UsageReportRow {
  day?: number;
  shop?: string | null;
  token_id?: string;
  customer_id?: string | null;
  package?: string;
  version_normalized?: string;
  requests: number | null;
  downloads: number;
  installs: number;
}

/** A row, and what it is ordered by where two are alike. */
export interface KeyedRow {
  key: string;
  row: UsageReportRow;
}

export type Grouping = "day" | "token" | "customer" | "package" | "version" | "detail";

export interface Walk {
  db: Db;
  filter: UsageFilter;
}

/**
 * Everything that was used, once each, piece by piece: between two pieces nothing is held, no transaction, no
 * connection and no cursor, and others are answered. `detail` is each version with each token on each day.
 */
export function walkUsage(walk: Walk, grouping: Grouping): AsyncGenerator<KeyedRow[]> {
  switch (grouping) {
    case "day":
      return walkDays(walk);
    case "token":
      return walkTokens(walk);
    case "customer":
      return walkCustomers(walk);
    case "package":
    case "version":
      return walkPackages(walk, grouping);
    case "detail":
      return walkDownloads(walk);
  }
}

/** Every day, also those without any use. */
async function* walkDays({ db, filter }: Walk): AsyncGenerator<KeyedRow[]> {
  const { tokens } = filter;
  const isWholeShop = (tokens?.packageBound ?? null) === null && !isOfFew(filter);
  for (const span of spansOf(filter, isWholeShop || isOfFew(filter) ? Infinity : DAYS_AT_ONCE)) {
    const sums =
      isWholeShop && filter.package === undefined
        ? await sumShopDays(db, tokens?.shop ?? null, span.first, span.last)
        : await sumDays(db, span);
    const byDay = new Map(sums.map((row) => [row.day, row]));
    yield everyDay(span.first, span.last).map((day) => ({
      key: String(day).padStart(12, "0"),
      row: { day, ...countsOf(byDay.get(day) ?? NOTHING, filter) },
    }));
    await setImmediate();
  }
}

async function sumDays(db: Db, filter: UsageFilter): Promise<DaySums[]> {
  const downloads = await sumDownloadDays(db, filter);
  const days = new Map(downloads.map((row) => [row.day, { ...row, requests: 0 }]));
  if (filter.package !== undefined) return [...days.values()];
  for (const { day, requests } of await sumRequestDays(db, filter)) {
    days.set(day, { ...(days.get(day) ?? { day, downloads: 0, installs: 0 }), requests });
  }
  return [...days.values()];
}

async function* walkTokens({ db, filter }: Walk): AsyncGenerator<KeyedRow[]> {
  for await (const tokens of pagesOfTokens(db, filter)) {
    const sums = await sumTokens(db, filter, idsOf(tokens));
    yield tokens.flatMap((token) => {
      const found = sums.get(token.id);
      return found === undefined ? [] : [{ key: token.id, row: { ...namesOf(token), ...countsOf(found, filter) } }];
    });
    await setImmediate();
  }
}

/** And at the end, as one row without a name, what guests' tokens were used for. */
async function* walkCustomers({ db, filter }: Walk): AsyncGenerator<KeyedRow[]> {
  // One token has one customer, or none.
  if (filter.tokens?.id === undefined) yield* walkKnownCustomers(db, filter);
  if (filter.tokens?.customer !== undefined) return;
  const rest = new Map<string, KeyedRow>();
  for await (const tokens of pagesOfTokens(db, filter)) {
    const isLeft = (token: ReportedToken) => filter.tokens?.id !== undefined || token.customer === null;
    await addUseOf(db, filter, tokens.filter(isLeft), rest);
    await setImmediate();
  }
  yield [...rest.values()];
}

async function* walkKnownCustomers(db: Db, filter: UsageFilter): AsyncGenerator<KeyedRow[]> {
  for (let after = ""; ;) {
    const customers = await listCustomerIds(db, filter, { after, limit: CUSTOMERS_AT_ONCE });
    const last = customers.at(-1);
    if (last === undefined) break;
    after = last;
    const groups = new Map<string, KeyedRow>();
    await addUseOf(db, filter, await listTokensOfCustomers(db, filter, customers), groups);
    yield [...groups.values()];
    await setImmediate();
  }
}

async function addUseOf(
  db: Db,
  filter: UsageFilter,
  tokens: readonly ReportedToken[],
  groups: Map<string, KeyedRow>,
): Promise<void> {
  for (let start = 0; start < tokens.length; start += TOKENS_AT_ONCE) {
    const some = tokens.slice(start, start + TOKENS_AT_ONCE);
    const sums = await sumTokens(db, filter, idsOf(some));
    for (const token of some) {
      const found = sums.get(token.id);
      if (found === undefined) continue;
      const { shop, customer_id } = namesOf(token);
      const key = token.customer ?? `guests ${shop}`;
      const before = groups.get(key)?.row ?? { ...NOTHING };
      groups.set(key, { key, row: { shop, customer_id, ...countsOf(plus(before, found), filter) } });
    }
    await setImmediate();
  }
}

/** There are as many groups as there are versions at most, so they may all be in memory. */
async function* walkPackages({ db, filter }: Walk, grouping: "package" | "version"): AsyncGenerator<KeyedRow[]> {
  const groups = new Map<string, VersionSums>();
  for (const span of spansOf(filter, isOfFew(filter) ? Infinity : 1)) {
    for (const found of await sumVersions(db, span)) {
      const key = grouping === "package" ? found.package : `${found.package} ${found.version_normalized}`;
      const before = groups.get(key);
      const sum = before === undefined ? found : { ...before, ...addDownloads(before, found) };
      groups.set(key, sum);
    }
    await setImmediate();
  }
  const names = await findPackageNames(db, [...new Set([...groups.values()].map((row) => row.package))]);
  yield [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { package: id, version_normalized, downloads, installs }]) => ({
      key,
      row: {
        package: names.get(id) ?? id,
        ...(grouping === "version" ? { version_normalized } : {}),
        ...{ requests: null, downloads, installs },
      },
    }));
}

async function* walkDownloads({ db, filter }: Walk): AsyncGenerator<KeyedRow[]> {
  for (const day of everyDay(filter.first, filter.last)) {
    let after: DownloadRow | undefined;
    do {
      const page = await listDownloadsOfDay(db, filter, day, { after, limit: ROWS_AT_ONCE });
      const tokens = await findReportedTokens(db, [...new Set(page.map(({ token }) => token))]);
      const names = await findPackageNames(db, [...new Set(page.map((row) => row.package))]);
      yield page.map(({ token, package: id, version_normalized, downloads, installs }) => ({
        key: [day, token, id, version_normalized].join(" "),
        row: {
          day,
          ...namesOf(tokens.get(token) ?? { id: token, shop: "", customer: null, customer_id: null }),
          ...{ package: names.get(id) ?? id, version_normalized, requests: null, downloads, installs },
        },
      }));
      after = page.length === ROWS_AT_ONCE ? page.at(-1) : undefined;
      await setImmediate();
    } while (after !== undefined);
  }
}

async function* pagesOfTokens(db: Db, filter: UsageFilter): AsyncGenerator<ReportedToken[]> {
  for (let after = ""; ;) {
    const page = await listReportedTokens(db, filter, { after, limit: TOKENS_AT_ONCE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.id;
  }
}

const NOTHING: Sums = { requests: 0, downloads: 0, installs: 0 };

/** One token or customer has few rows, found by its name; everybody's are read day by day. */
function isOfFew({ tokens }: UsageFilter): boolean {
  return tokens?.id !== undefined || tokens?.customer !== undefined;
}

function spansOf(filter: UsageFilter, days: number): UsageFilter[] {
  if (days === Infinity) return [filter];
  return everyDay(filter.first, filter.last)
    .filter((_day, index) => index % days === 0)
    .map((first) => ({ ...filter, first, last: Math.min(filter.last, first + (days - 1) * DAY_SECONDS) }));
}

function plus(a: Pick<UsageReportRow, keyof Sums>, b: Sums): Sums {
  return { requests: (a.requests ?? 0) + b.requests, ...addDownloads(a, b) };
}

function addDownloads(a: Omit<Sums, "requests">, b: Omit<Sums, "requests">): Omit<Sums, "requests"> {
  return { downloads: a.downloads + b.downloads, installs: a.installs + b.installs };
}

function countsOf({ requests, downloads, installs }: Sums, filter: UsageFilter) {
  return { requests: filter.package === undefined ? requests : null, downloads, installs };
}

function namesOf({ id, shop, customer_id }: ReportedToken) {
  return { token_id: id, shop, customer_id };
}

function idsOf(tokens: readonly ReportedToken[]): string[] {
  return tokens.map(({ id }) => id);
}
