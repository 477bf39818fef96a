import { sql } from "kysely";
import type { Db, RefusalDayTable } from "../../schema.ts";
import { GRACE_SECONDS_MAX, goesOn, tokenGoesOn } from "../grants/index.ts";
import { visibleTokens } from "../tokens/index.ts";

/** How far a caller sees. */
interface Visibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

const COUNT = sql<number>`count(*)`.as("count");

/** How many tokens, by state: each count reads one stretch of an index. As sums over all rows it reads the table. */
export async function countTokens(
  db: Db,
  visibility: Visibility,
  now: number,
  soon: number,
): Promise<{ active: number; expiring_soon: number; suspended: number; expired: number; revoked: number }> {
  const visible = () => db.selectFrom("tokens").select(COUNT).$call(visibleTokens(visibility));
  const unrevoked = () => visible().where("revoked_at", "is", null);
  const suspended = () => unrevoked().where("suspended_at", "is not", null);
  const counts = await db
    .selectNoFrom([
      unrevoked().where("expires_at", "is", null).as("endless"),
      unrevoked().where("expires_at", ">", now).where("expires_at", "<=", soon).as("soon"),
      unrevoked().where("expires_at", ">", soon).as("later"),
      unrevoked().where("expires_at", "<=", now).as("ended"),
      unrevoked()
        .where("expires_at", ">", now - GRACE_SECONDS_MAX)
        .where("expires_at", "<=", now)
        .where("order_line", "is", null)
        .where(goesOn("tokens", now))
        .as("in_grace"),
      // What they were sold with has ended; they open what their customers have besides.
      unrevoked().where("expires_at", "<=", now).where("order_line", "is not", null).as("outliving"),
      visible().where("revoked_at", "is not", null).as("revoked"),
      suspended().as("suspended"),
      suspended().where("expires_at", ">", now).where("expires_at", "<=", soon).as("suspendedSoon"),
      suspended()
        .where((e) => e.not(tokenGoesOn(now)))
        .as("suspendedExpired"),
    ])
    .executeTakeFirstOrThrow();
  const of = (name: keyof typeof counts) => counts[name] ?? 0;
  // Suspended ones are few and have an index of their own; the other stretches hold them too.
  const suspendedActive = of("suspended") - of("suspendedExpired");
  return {
    active: of("endless") + of("soon") + of("later") + of("in_grace") + of("outliving") - suspendedActive,
    expiring_soon: of("soon") - of("suspendedSoon"),
    suspended: of("suspended"),
    expired: of("ended") - of("in_grace") - of("outliving") - of("suspendedExpired"),
    revoked: of("revoked"),
  };
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
