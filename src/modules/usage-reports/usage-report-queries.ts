import { expressionBuilder, sql } from "kysely";
import type { Expression, SqlBool } from "kysely";
import type { Db, Schema } from "../../schema.ts";
import { visibleTokens } from "../tokens/index.ts";

export interface UsageFilter {
  /** Whose use the caller sees; undefined when it sees everybody's and asks for everybody's. */
  tokens?:
    | {
        shop: string | null;
        packageBound: readonly string[] | null;
        id?: string | undefined;
        customer?: string | undefined;
      }
    | undefined;
  /** `packages.id`. */
  package?: string | undefined;
  /** Normalised. */
  version?: string | undefined;
  /** Starts of days, both included. */
  first: number;
  last: number;
}

/** What was counted of something. */
export interface Sums {
  requests: number;
  downloads: number;
  installs: number;
}

export type DaySums = Sums & { day: number };

/** Of a shop, or of all: from the sums that are kept by day. */
export async function sumShopDays(db: Db, shop: string | null, first: number, last: number): Promise<DaySums[]> {
  return await db
    .selectFrom("usage_days")
    .select([
      "day",
      sql<number>`sum(requests)`.as("requests"),
      sql<number>`sum(downloads)`.as("downloads"),
      sql<number>`sum(installs)`.as("installs"),
    ])
    .where("day", ">=", first)
    .where("day", "<=", last)
    .$if(shop !== null, (query) => query.where("shop", "=", shop ?? ""))
    .groupBy("day")
    .execute();
}

/** Requests by day; they are not counted by package. */
export async function sumRequestDays(db: Db, filter: UsageFilter): Promise<{ day: number; requests: number }[]> {
  return await db
    .selectFrom("token_usage")
    .select([sql<number>`hour - hour % 86400`.as("day"), sql<number>`sum(requests)`.as("requests")])
    .where("hour", ">=", filter.first)
    .where("hour", "<", filter.last + 86_400)
    .where(ofTokens(sql.ref("token_usage.token"), filter))
    .groupBy(sql`hour - hour % 86400`)
    .execute();
}

const DOWNLOADS = sql<number>`sum(downloads)`.as("downloads");
const INSTALLS = sql<number>`sum(installs)`.as("installs");

function selectDownloads(db: Db, filter: UsageFilter) {
  const { package: packageId, version } = filter;
  return db
    .selectFrom("version_downloads")
    .where("version_downloads.day", ">=", filter.first)
    .where("version_downloads.day", "<=", filter.last)
    .where(ofTokens(sql.ref("version_downloads.token"), filter))
    .$if(packageId !== undefined, (query) => query.where("version_downloads.package", "=", packageId ?? ""))
    .$if(version !== undefined, (query) => query.where("version_downloads.version_normalized", "=", version ?? ""));
}

export async function sumDownloadDays(db: Db, filter: UsageFilter): Promise<Omit<DaySums, "requests">[]> {
  return await selectDownloads(db, filter).select(["day", DOWNLOADS, INSTALLS]).groupBy("day").execute();
}

export interface VersionSums {
  /** `packages.id`. */
  package: string;
  version_normalized: string;
  downloads: number;
  installs: number;
}

export async function sumVersions(db: Db, filter: UsageFilter): Promise<VersionSums[]> {
  return await selectDownloads(db, filter)
    .select(["package", "version_normalized", DOWNLOADS, INSTALLS])
    .groupBy(["package", "version_normalized"])
    .execute();
}

/** A token as a report names it. */
export interface ReportedToken {
  id: string;
  shop: string;
  /** `customers.id`, and the shop's own id of it. */
  customer: string | null;
  customer_id: string | null;
}

/** Tokens the caller sees, in the order of their ids. */
export async function listReportedTokens(
  db: Db,
  filter: UsageFilter,
  page: { after: string; limit: number },
): Promise<ReportedToken[]> {
  return await selectTokens(db, filter)
    .where("tokens.id", ">", page.after)
    .orderBy("tokens.id")
    .limit(page.limit)
    .execute();
}

/** The tokens the caller sees of these customers. */
export async function listTokensOfCustomers(
  db: Db,
  filter: UsageFilter,
  customers: readonly string[],
): Promise<ReportedToken[]> {
  return await selectTokens(db, filter).where("tokens.customer", "in", customers).execute();
}

/** These tokens, by id. */
export async function findReportedTokens(db: Db, ids: readonly string[]): Promise<Map<string, ReportedToken>> {
  if (ids.length === 0) return new Map();
  const rows = await selectTokens(db, {}).where("tokens.id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

function selectTokens(db: Db, { tokens }: Pick<UsageFilter, "tokens">) {
  const { id, customer } = tokens ?? {};
  return (
    db
      .selectFrom("tokens")
      .select(["tokens.id", "tokens.shop", "tokens.customer"])
      // Looked up row by row: as a join it would tempt a planner to begin with the customers.
      .select((e) =>
        e
          .selectFrom("customers")
          .select("customers.customer_id")
          .whereRef("customers.id", "=", "tokens.customer")
          .as("customer_id"),
      )
      .$if(tokens !== undefined, (query) =>
        query.$call(visibleTokens({ shop: tokens?.shop ?? null, packageBound: tokens?.packageBound ?? null })),
      )
      .$if(id !== undefined, (query) => query.where("tokens.id", "=", id ?? ""))
      .$if(customer !== undefined, (query) => query.where("tokens.customer", "=", customer ?? ""))
  );
}

/** Ids of customers of the shops the caller sees, in their order. */
export async function listCustomerIds(
  db: Db,
  { tokens }: UsageFilter,
  page: { after: string; limit: number },
): Promise<string[]> {
  const { shop = null, customer } = tokens ?? {};
  const rows = await db
    .selectFrom("customers")
    .select("id")
    .where("id", ">", page.after)
    .$if(shop !== null, (query) => query.where("shop", "=", shop ?? ""))
    .$if(customer !== undefined, (query) => query.where("id", "=", customer ?? ""))
    .orderBy("id")
    .limit(page.limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** What these tokens were used for; those that were not used are left out. */
export async function sumTokens(db: Db, filter: UsageFilter, ids: readonly string[]): Promise<Map<string, Sums>> {
  const sums = new Map<string, Sums>();
  const ofThese = { ...filter, tokens: undefined };
  const downloads = await selectDownloads(db, ofThese)
    .select(["token", DOWNLOADS, INSTALLS])
    .where("token", "in", ids)
    .groupBy("token")
    .execute();
  for (const { token, ...counts } of downloads) sums.set(token, { requests: 0, ...counts });
  if (filter.package !== undefined) return sums;
  const requests = await db
    .selectFrom("token_usage")
    .select(["token", sql<number>`sum(requests)`.as("requests")])
    .where("token", "in", ids)
    .where("hour", ">=", filter.first)
    .where("hour", "<", filter.last + 86_400)
    .groupBy("token")
    .execute();
  for (const { token, requests: count } of requests) {
    sums.set(token, { ...(sums.get(token) ?? { downloads: 0, installs: 0 }), requests: count });
  }
  return sums;
}

/** What was downloaded of one version with one token on one day. */
export type DownloadRow = VersionSums & { token: string };

export async function listDownloadsOfDay(
  db: Db,
  filter: UsageFilter,
  day: number,
  page: { after: DownloadRow | undefined; limit: number },
): Promise<DownloadRow[]> {
  const { after, limit } = page;
  return await selectDownloads(db, { ...filter, first: day, last: day })
    // Says nothing new; equal to one day, the index gives the rest of its columns in their order.
    .where("day", "=", day)
    .select(["token", "package", "version_normalized", "downloads", "installs"])
    .$if(after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`(token, package, version_normalized) > (${after?.token}, ${after?.package}, ${after?.version_normalized})`,
      ),
    )
    .orderBy("token")
    .orderBy("package")
    .orderBy("version_normalized")
    .limit(limit)
    .execute();
}

/**
 * Few tokens are found first, and what was counted by them. Of a whole shop it is asked row by row instead: SQLite
 * would make a list of all its tokens for every page.
 */
function ofTokens(column: Expression<unknown>, { tokens }: UsageFilter): Expression<SqlBool> {
  if (tokens === undefined) return sql<SqlBool>`1 = 1`;
  const { id, customer } = tokens;
  const visible = expressionBuilder<Schema>()
    .selectFrom("tokens")
    .select("tokens.id")
    .$call(visibleTokens(tokens))
    .$if(id !== undefined, (query) => query.where("tokens.id", "=", id ?? ""))
    .$if(customer !== undefined, (query) => query.where("tokens.customer", "=", customer ?? ""));
  if (id !== undefined || customer !== undefined) return sql<SqlBool>`${column} in ${visible}`;
  return sql<SqlBool>`exists ${visible.where("tokens.id", "=", column as Expression<string>)}`;
}
