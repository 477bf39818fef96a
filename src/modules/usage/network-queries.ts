import { sql } from "kysely";
import type { Insertable } from "kysely";
import type { Db, TokenNetworkTable, TokenSharingTable } from "../../schema.ts";

const ROWS_AT_ONCE = 500;

export type NewTokenNetwork = Insertable<TokenNetworkTable>;

/** A network that anything but continuous integration came from stays one, whoever writes last. */
export async function addNetworks(db: Db, rows: readonly NewTokenNetwork[]): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    await db
      .insertInto("token_networks")
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict
          .columns(["token", "day", "network"])
          .doUpdateSet({ ci_only: 0 })
          .where(sql.ref("excluded.ci_only"), "=", 0)
          .where("token_networks.ci_only", "=", 1),
      )
      .execute();
  }
}

/** How many networks each of these tokens has on a day. */
export async function countNetworksOfDay(db: Db, tokens: readonly string[], day: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let start = 0; start < tokens.length; start += ROWS_AT_ONCE) {
    const rows = await db
      .selectFrom("token_networks")
      .select(["token", sql<number>`count(*)`.as("count")])
      .where("token", "in", tokens.slice(start, start + ROWS_AT_ONCE))
      .where("day", "=", day)
      .groupBy("token")
      .execute();
    for (const { token, count } of rows) counts.set(token, count);
  }
  return counts;
}

/** Which of these tokens were used, not by continuous integration alone, from more than `max` networks. */
export async function listTokensOfManyNetworks(
  db: Db,
  tokens: readonly string[],
  since: { day: number; max: number },
): Promise<{ token: string; networks: number }[]> {
  const found: { token: string; networks: number }[] = [];
  for (let start = 0; start < tokens.length; start += ROWS_AT_ONCE) {
    const rows = await db
      .selectFrom("token_networks")
      .select(["token", sql<number>`count(distinct network)`.as("networks")])
      .where("token", "in", tokens.slice(start, start + ROWS_AT_ONCE))
      .where("day", ">=", since.day)
      .where("ci_only", "=", 0)
      .groupBy("token")
      .having(sql`count(distinct network)`, ">", since.max)
      .orderBy("token")
      .execute();
    found.push(...rows);
  }
  return found;
}

/** Distinct networks of a token since a day, and how many of them only continuous integration came from. */
export async function countNetworks(db: Db, token: string, day: number): Promise<{ all: number; ciOnly: number }> {
  const perNetwork = db
    .selectFrom("token_networks")
    .select(sql<number>`min(ci_only)`.as("ci_only"))
    .where("token", "=", token)
    .where("day", ">=", day)
    .groupBy("network");
  const row = await db
    .selectFrom(perNetwork.as("seen"))
    .select([sql<number>`count(*)`.as("all"), sql<number>`coalesce(sum(ci_only), 0)`.as("ciOnly")])
    .executeTakeFirstOrThrow();
  return row;
}

/**
 * True when this is a new suspicion: the first one, or the period of the one before has passed; and when somebody
 * found a number in order, only past twice that number. Of two instances that see it at once, one makes it.
 */
export async function beginSuspicion(
  db: Db,
  { token, suspected_at, networks, days }: Pick<TokenSharingTable, "token" | "suspected_at" | "networks" | "days">,
): Promise<boolean> {
  const row = await db
    .insertInto("token_sharing")
    .values({ token, suspected_at, networks, days, dismissed_at: null, accepted_networks: null })
    .onConflict((conflict) =>
      conflict
        .column("token")
        .doUpdateSet({ suspected_at, networks, days, dismissed_at: null })
        .where("token_sharing.suspected_at", "<=", suspected_at - days * 86_400)
        .where((where) =>
          where.or([
            where("token_sharing.accepted_networks", "is", null),
            where(sql<number>`token_sharing.accepted_networks * 2`, "<", networks),
          ]),
        ),
    )
    .returning("token")
    .executeTakeFirst();
  return row !== undefined;
}

/** The number shown is the highest since the suspicion began; one that was dismissed is left alone. */
export async function raiseSuspicion(db: Db, token: string, networks: number): Promise<void> {
  await db
    .updateTable("token_sharing")
    .set({ networks })
    .where("token", "=", token)
    .where("networks", "<", networks)
    .where("dismissed_at", "is", null)
    .execute();
}

export async function findOwner(db: Db, token: string): Promise<{ shop: string; customer: string | null }> {
  return await db.selectFrom("tokens").select(["shop", "customer"]).where("id", "=", token).executeTakeFirstOrThrow();
}

/** Some of those before a day; returns how many. */
export async function deleteNetworksBefore(db: Db, day: number, limit: number): Promise<number> {
  const some = db
    .selectFrom("token_networks")
    .select(["token", "day", "network"])
    .where("day", "<", day)
    .orderBy("day")
    .limit(limit);
  const { numDeletedRows } = await db
    .deleteFrom("token_networks")
    .where(sql<boolean>`(token, day, network) in ${some}`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
