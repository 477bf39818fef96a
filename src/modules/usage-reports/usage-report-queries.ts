import { sql } from "kysely";
import type { Expression, SqlBool } from "kysely";
import type { Db } from "../../schema.ts";
import { visibleTokens } from "../tokens/index.ts";

const ROWS_MAX = 1_000;

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
  /** Starts of days, both included. */
  first: number;
  last: number;
}

export interface DaySums {
  day: number;
  requests: number;
  downloads: number;
  installs: number;
}

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
    .where(ofTokens(db, sql.ref("token_usage.token"), filter))
    .groupBy(sql`hour - hour % 86400`)
    .execute();
}

const DOWNLOADS = sql<number>`sum(downloads)`.as("downloads");
const INSTALLS = sql<number>`sum(installs)`.as("installs");

function selectDownloads(db: Db, filter: UsageFilter) {
  const { package: packageId } = filter;
  return db
    .selectFrom("version_downloads")
    .where("version_downloads.day", ">=", filter.first)
    .where("version_downloads.day", "<=", filter.last)
    .where(ofTokens(db, sql.ref("version_downloads.token"), filter))
    .$if(packageId !== undefined, (query) => query.where("version_downloads.package", "=", packageId ?? ""));
}

export async function sumDownloadDays(db: Db, filter: UsageFilter): Promise<Omit<DaySums, "requests">[]> {
  return await selectDownloads(db, filter).select(["day", DOWNLOADS, INSTALLS]).groupBy("day").execute();
}

/** What was used most first. */
export async function sumPackages(
  db: Db,
  filter: UsageFilter,
): Promise<{ package: string; downloads: number; installs: number }[]> {
  return await selectDownloads(db, filter)
    .innerJoin("packages", "packages.id", "version_downloads.package")
    .select(["packages.name as package", DOWNLOADS, INSTALLS])
    .groupBy("packages.name")
    .orderBy("downloads", "desc")
    .orderBy("packages.name")
    .limit(ROWS_MAX)
    .execute();
}

/** What was used most first. */
export async function sumVersions(
  db: Db,
  filter: UsageFilter,
): Promise<{ version_normalized: string; downloads: number; installs: number }[]> {
  return await selectDownloads(db, filter)
    .select(["version_normalized", DOWNLOADS, INSTALLS])
    .groupBy("version_normalized")
    .orderBy("downloads", "desc")
    .orderBy("version_normalized")
    .limit(ROWS_MAX)
    .execute();
}

function ofTokens(db: Db, column: Expression<unknown>, { tokens }: UsageFilter): Expression<SqlBool> {
  if (tokens === undefined) return sql<SqlBool>`1 = 1`;
  const { id, customer } = tokens;
  const visible = db
    .selectFrom("tokens")
    .select("tokens.id")
    .$call(visibleTokens(tokens))
    .$if(id !== undefined, (query) => query.where("tokens.id", "=", id ?? ""))
    .$if(customer !== undefined, (query) => query.where("tokens.customer", "=", customer ?? ""));
  return sql<SqlBool>`${column} in ${visible}`;
}
