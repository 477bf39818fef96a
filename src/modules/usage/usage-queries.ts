import { sql } from "kysely";
import type { Db } from "../../schema.ts";

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
