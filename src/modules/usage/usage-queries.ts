import { sql } from "kysely";
import type { Selectable } from "kysely";
import type { Db, UsageDayTable, UsageFlushTable } from "../../schema.ts";

const ROWS_AT_ONCE = 500;

export interface TokenHour {
  token: string;
  hour: number;
  requests: number;
  downloads: number;
}

export interface VersionDay {
  token: string;
  package: string;
  version_normalized: string;
  day: number;
  downloads: number;
  installs: number;
}

export async function addTokenHours(db: Db, rows: TokenHour[]): Promise<void> {
  for (const some of chunks(rows)) {
    await db
      .insertInto("token_usage")
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(["token", "hour"]).doUpdateSet({
          requests: sql<number>`token_usage.requests + excluded.requests`,
          downloads: sql<number>`token_usage.downloads + excluded.downloads`,
        }),
      )
      .execute();
  }
}

export async function addVersionDays(db: Db, rows: VersionDay[]): Promise<void> {
  for (const some of chunks(rows)) {
    await db
      .insertInto("version_downloads")
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(["token", "package", "version_normalized", "day"]).doUpdateSet({
          downloads: sql<number>`version_downloads.downloads + excluded.downloads`,
          installs: sql<number>`version_downloads.installs + excluded.installs`,
        }),
      )
      .execute();
  }
}

export interface TokenDay {
  token: string;
  day: number;
  requests: number;
  downloads: number;
  installs: number;
}

/** Adds to the sums of the tokens' shops. */
export async function addShopDays(db: Db, days: TokenDay[]): Promise<void> {
  const shops = new Map<string, string>();
  for (const some of chunks([...new Set(days.map(({ token }) => token))].sort())) {
    const rows = await db.selectFrom("tokens").select(["id", "shop"]).where("id", "in", some).execute();
    for (const { id, shop } of rows) shops.set(id, shop);
  }
  const sums = new Map<string, UsageDayTable>();
  for (const { token, day, requests, downloads, installs } of days) {
    const shop = shops.get(token) ?? "";
    const before = sums.get(`${day} ${shop}`) ?? { day, shop, requests: 0, downloads: 0, installs: 0 };
    sums.set(`${day} ${shop}`, {
      ...before,
      requests: before.requests + requests,
      downloads: before.downloads + downloads,
      installs: before.installs + installs,
    });
  }
  // In the order of their keys, as everything that several instances add to.
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  for (const some of chunks(rows)) {
    await db
      .insertInto("usage_days")
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(["day", "shop"]).doUpdateSet({
          requests: sql<number>`usage_days.requests + excluded.requests`,
          downloads: sql<number>`usage_days.downloads + excluded.downloads`,
          installs: sql<number>`usage_days.installs + excluded.installs`,
        }),
      )
      .execute();
  }
}

/** False when this batch was written before. While another attempt at it is under way, this waits for its end. */
export async function insertFlushIfNew(db: Db, row: Selectable<UsageFlushTable>): Promise<boolean> {
  const inserted = await db
    .insertInto("usage_flushes")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Some of those before a time; returns how many. */
export async function deleteFlushesBefore(db: Db, before: number, limit: number): Promise<number> {
  const some = db.selectFrom("usage_flushes").select("id").where("written_at", "<", before).limit(limit);
  const { numDeletedRows } = await db.deleteFrom("usage_flushes").where("id", "in", some).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Removes some hours before a time that are not days yet, the oldest first, and returns what was removed. */
export async function takeHoursBefore(trx: Db, before: number, limit: number): Promise<TokenHour[]> {
  const isWithinDay = sql<boolean>`hour % 86400 <> 0`;
  const old = trx
    .selectFrom("token_usage")
    .select(["token", "hour"])
    .where(isWithinDay)
    .where("hour", "<", before)
    .orderBy("hour")
    .orderBy("token")
    .limit(limit);
  // One statement: whoever else took some of them meanwhile has them, and not we.
  return await trx
    .deleteFrom("token_usage")
    .where(sql<boolean>`(token, hour) in ${old}`)
    .returning(["token", "hour", "requests", "downloads"])
    .execute();
}

/** Several instances flush in any order: the newest use wins. */
export async function raiseLastUsed(db: Db, tokens: string[], usedAt: number): Promise<void> {
  for (const some of chunks(tokens)) {
    await db
      .updateTable("tokens")
      .set({ last_used_at: usedAt })
      .where("id", "in", some)
      .where((where) => where.or([where("last_used_at", "is", null), where("last_used_at", "<", usedAt)]))
      .execute();
  }
}

export async function sumTokenUsage(
  db: Db,
  token: string,
  hour: number,
): Promise<{ requests: number; downloads: number; requestsThisHour: number }> {
  const row = await db
    .selectFrom("token_usage")
    .where("token", "=", token)
    .select([
      sql<number>`coalesce(sum(requests), 0)`.as("requests"),
      sql<number>`coalesce(sum(downloads), 0)`.as("downloads"),
      sql<number>`coalesce(sum(case when hour = ${hour} then requests else 0 end), 0)`.as("requestsThisHour"),
    ])
    .executeTakeFirstOrThrow();
  return row;
}

function* chunks<T>(rows: T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) yield rows.slice(start, start + ROWS_AT_ONCE);
}
