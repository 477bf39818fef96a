import { sql } from "kysely";
import type { RawBuilder, SelectQueryBuilder } from "kysely";
import type { Db, Schema } from "../../schema.ts";
import { goesOn, tokenGoesOn } from "./grace.ts";
import type { GrantRow } from "./grant-queries.ts";
import { isNotNarrowed } from "./grants-outside-bound.ts";
import { haveCommonPackages } from "./project-scopes.ts";

/** Far below the parameter limits of both engines. */
const CHUNK_PATTERNS = 500;
/** Up to so many grants are looked up; beyond, tokens are asked one by one until a page is full. */
const FEW_GRANTS = 5_000;

/** Of these patterns those that any grant or project token has: a handful of a package's hundred. Each is looked up once. */
export async function listUsedPatterns(db: Db, patterns: readonly string[]): Promise<string[]> {
  const used: string[] = [];
  for (let start = 0; start < patterns.length; start += CHUNK_PATTERNS) {
    const asked = patterns.slice(start, start + CHUNK_PATTERNS).map((pattern) => sql`(cast(${pattern} as text))`);
    // The next one in the index is it, or none is. "distinct", or "exists", could read every grant there is.
    const { rows } = await sql<{ pattern: string }>`
      select column1 as pattern from (values ${sql.join(asked)}) as asked
      where column1 = (select min(g.package_pattern) from grants g where g.package_pattern >= asked.column1)
        or column1 = (select min(s.package_pattern) from token_scopes s where s.package_pattern >= asked.column1)`.execute(
      db,
    );
    used.push(...rows.map(({ pattern }) => pattern));
  }
  return used;
}

const inForce = (now: number) =>
  sql`g.revoked_at is null and g.suspended_at is null and ${goesOn("g", now)} and (g.starts_at is null or g.starts_at <= ${now})`;

/** Whether so few grants have one of these patterns that it is no work to look at each. */
export async function areFewGrants(db: Db, patterns: readonly string[]): Promise<boolean> {
  if (patterns.length === 0) return true;
  const some = db
    .selectFrom("grants")
    .select("id")
    .where("package_pattern", "in", patterns)
    .limit(FEW_GRANTS)
    .as("some");
  const counted = await db
    .selectFrom(some)
    .select((e) => e.fn.countAll<number>().as("grants"))
    .executeTakeFirstOrThrow();
  return counted.grants < FEW_GRANTS;
}

/**
 * A condition on `tokens`: has a grant in force of one of these patterns, its own or, where it reads those, its
 * customer's; a narrowed one reads one that has packages in common with what it is narrowed to. Of few grants by the
 * index of the patterns.
 */
export function holdsOneOf(patterns: readonly string[], areFew: boolean, now: number): RawBuilder<boolean> {
  if (patterns.length === 0) return sql<boolean>`1 = 0`;
  return areFew ? isAmongHolders(patterns, now) : holds(patterns, now);
}

function isAmongHolders(patterns: readonly string[], now: number): RawBuilder<boolean> {
  const matches = sql`g.package_pattern in (${sql.join(patterns)}) and ${inForce(now)}`;
  return sql<boolean>`tokens.id in (
    select g.token from grants g where g.token is not null and ${matches}
    union
    select t.id from grants g inner join tokens t on t.customer = g.customer where t.access = 'customer' and ${isNotNarrowed("t.id")} and ${matches}
    union
    select t.id from grants g inner join tokens t on t.customer = g.customer inner join token_scopes s on s.token = t.id
    where t.access <> 'own' and ${matches} and ${isInScope(patterns)}
  )`;
}

/** The patterns are hidden from the planner, who would rather begin with them than with the one token. */
const matchesUnseen = (patterns: readonly string[], now: number) =>
  sql`(g.package_pattern || '') in (${sql.join(patterns)}) and ${inForce(now)}`;

/** By the index of each token's grants. With a limit, because of a plain "exists" PostgreSQL makes one big list first. */
function holds(patterns: readonly string[], now: number): RawBuilder<boolean> {
  const matches = matchesUnseen(patterns, now);
  return sql<boolean>`(
    (select 1 from grants g where g.token = tokens.id and ${matches} limit 1) is not null
    or tokens.access = 'customer' and ${isNotNarrowed("tokens.id")}
      and (select 1 from grants g where g.customer = tokens.customer and ${matches} limit 1) is not null
    or tokens.access <> 'own' and ${readsPart(patterns, now)}
  )`;
}

/**
 * Patterns of which each covers one of some packages: where a grant's and a scope's are among them and have anything
 * in common, then also one of these packages.
 */
const isInScope = (patterns: readonly string[]) =>
  sql`s.package_pattern in (${sql.join(patterns)}) and ${haveCommonPackages()}`;

const readsPart = (patterns: readonly string[], now: number) => sql<boolean>`(
  select 1 from token_scopes s inner join grants g on g.customer = tokens.customer
  where s.token = tokens.id and ${isInScope(patterns)} and ${matchesUnseen(patterns, now)} limit 1) is not null`;

export interface HolderCounts {
  tokens: number;
  customers: number;
}

type TokenQuery = SelectQueryBuilder<Schema, "tokens", { customer: string | null }>;

/**
 * Active tokens with a grant in force of one of these patterns, and whose they are; only those that `visible` leaves.
 * Grouped, because a distinct count sorts by every letter.
 */
export async function countHolders(
  db: Db,
  patterns: readonly string[],
  now: number,
  visible: (query: TokenQuery) => TokenQuery = (query) => query,
): Promise<HolderCounts> {
  if (patterns.length === 0) return { tokens: 0, customers: 0 };
  const matches = sql`g.package_pattern in (${sql.join(patterns)}) and ${inForce(now)}`;
  const active = () =>
    db
      .selectFrom("tokens")
      .select("customer")
      .$call(visible)
      .where("revoked_at", "is", null)
      .where("suspended_at", "is", null)
      .where(tokenGoesOn(now));
  const own = active().where(
    sql<boolean>`tokens.id in (select g.token from grants g where g.token is not null and ${matches})`,
  );
  const holdsNoneItself = sql<boolean>`not exists (
    select 1 from grants g where g.token = tokens.id and ${matchesUnseen(patterns, now)})`;
  const inherited = active()
    .where("access", "=", "customer")
    .where(isNotNarrowed("tokens.id"))
    .where(
      sql<boolean>`tokens.customer in (select g.customer from grants g where g.customer is not null and ${matches})`,
    )
    .where(holdsNoneItself);
  const narrowed = active().where("access", "!=", "own").where(readsPart(patterns, now)).where(holdsNoneItself);
  const held = db
    .selectFrom(own.unionAll(inherited).unionAll(narrowed).as("holding"))
    .select((e) => ["customer", e.fn.countAll<number>().as("tokens")])
    .groupBy("customer");
  return await db
    .selectFrom(held.as("held"))
    .select((e) => [
      sql<number>`coalesce(sum(tokens), 0)`.as("tokens"),
      // Guests' tokens have none, and are not counted here.
      e.fn.count<number>("customer").as("customers"),
    ])
    .executeTakeFirstOrThrow();
}

/** Lapsed and revoked ones too. */
export async function listGrantsOfCustomers(db: Db, customers: readonly string[]): Promise<GrantRow[]> {
  if (customers.length === 0) return [];
  return await db.selectFrom("grants").selectAll().where("customer", "in", customers).orderBy("created_at").execute();
}
