import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Db, RefusalDayTable } from "../../schema.ts";
import { visibleTokens } from "../tokens/index.ts";

/** How far a caller sees. */
interface Visibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

const COUNT = sql<number>`count(*)`.as("count");

/** How many tokens, by state: all of it is in one index. */
export async function countTokens(
  db: Db,
  visibility: Visibility,
  now: number,
  soon: number,
): Promise<{ active: number; expiring_soon: number; expired: number; revoked: number }> {
  const count = (condition: RawBuilder<unknown>) =>
    sql<number>`coalesce(sum(case when ${condition} then 1 else 0 end), 0)`;
  return await db
    .selectFrom("tokens")
    .$call(visibleTokens(visibility))
    .select([
      count(sql`revoked_at is null and (expires_at is null or expires_at > ${now})`).as("active"),
      count(sql`revoked_at is null and expires_at > ${now} and expires_at <= ${soon}`).as("expiring_soon"),
      count(sql`revoked_at is null and expires_at <= ${now}`).as("expired"),
      count(sql`revoked_at is not null`).as("revoked"),
    ])
    .executeTakeFirstOrThrow();
}

export interface DayCount {
  day: number;
  count: number;
}

/** Tokens by the day something happened to them, from the start of that day on. */
export async function countTokenDays(
  db: Db,
  visibility: Visibility,
  what: "created_at" | "revoked_at",
  first: number,
): Promise<DayCount[]> {
  const day = sql<number>`${sql.ref(what)} - ${sql.ref(what)} % 86400`;
  return await db
    .selectFrom("tokens")
    .select([day.as("day"), COUNT])
    .$call(visibleTokens(visibility))
    .where(what, ">=", first)
    .groupBy(day)
    .execute();
}

/** Refused credentials belong to no shop. */
export async function countRefusalDays(db: Db, first: number): Promise<DayCount[]> {
  return await db
    .selectFrom("refusal_days")
    .select(["day", sql<number>`sum(count)`.as("count")])
    .where("day", ">=", first)
    .groupBy("day")
    .execute();
}

export interface RefusalSum {
  problem: string;
  surface: RefusalDayTable["surface"];
  count: number;
  last_at: number;
}

/** The most frequent first. */
export async function sumRefusals(db: Db, first: number): Promise<RefusalSum[]> {
  return await db
    .selectFrom("refusal_days")
    .select(["problem", "surface", sql<number>`sum(count)`.as("count"), sql<number>`max(last_at)`.as("last_at")])
    .where("day", ">=", first)
    .groupBy(["surface", "problem"])
    .orderBy(sql`sum(count)`, "desc")
    .execute();
}

export async function countPackages(db: Db, bound: readonly string[] | null): Promise<number> {
  const covering = (bound ?? []).map((pattern) => {
    if (!/[/*]$/.test(pattern)) return sql<boolean>`name = ${pattern}`;
    const start = pattern.replace(/\*$/, "");
    return sql<boolean>`substr(name, 1, ${sql.lit(start.length)}) = ${start}`;
  });
  const query = db.selectFrom("packages").select(COUNT);
  const row = await (
    bound === null ? query : query.where(sql<boolean>`(${sql.join(covering, sql` or `)})`)
  ).executeTakeFirstOrThrow();
  return row.count;
}
