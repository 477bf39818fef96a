import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Db } from "../../schema.ts";
import type { GrantRow } from "./grant-queries.ts";

/** Far below the parameter limits of both engines. */
const CHUNK_PATTERNS = 500;
/** Up to so many grants are looked up; beyond, tokens are asked one by one until a page is full. */
const FEW_GRANTS = 5_000;

/** Of these patterns those that any grant has: a handful of a package's hundred. */
export async function listUsedPatterns(db: Db, patterns: readonly string[]): Promise<string[]> {
  const used: string[] = [];
  for (let start = 0; start < patterns.length; start += CHUNK_PATTERNS) {
    const rows = await db
      .selectFrom("grants")
      .select("package_pattern")
      .distinct()
      .where("package_pattern", "in", patterns.slice(start, start + CHUNK_PATTERNS))
      .execute();
    used.push(...rows.map((row) => row.package_pattern));
  }
  return used;
}

const inForce = (now: number) =>
  sql`g.revoked_at is null and (g.expires_at is null or g.expires_at > ${now}) and (g.starts_at is null or g.starts_at <= ${now})`;

/** A condition on `tokens`: has a grant in force of one of these patterns, its own or, where it reads those, its customer's. */
export async function holdsOneOf(db: Db, patterns: readonly string[], now: number): Promise<RawBuilder<boolean>> {
  if (patterns.length === 0) return sql<boolean>`1 = 0`;
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
  return counted.grants < FEW_GRANTS ? isAmongHolders(patterns, now) : holds(patterns, now);
}

/** By the index of the patterns. */
export function isAmongHolders(patterns: readonly string[], now: number): RawBuilder<boolean> {
  if (patterns.length === 0) return sql<boolean>`1 = 0`;
  const matches = sql`g.package_pattern in (${sql.join(patterns)}) and ${inForce(now)}`;
  return sql<boolean>`tokens.id in (
    select g.token from grants g where g.token is not null and ${matches}
    union
    select t.id from grants g inner join tokens t on t.customer = g.customer where t.access = 'customer' and ${matches}
  )`;
}

/** By the index of each token's grants; the patterns are hidden from the planner, who would rather begin with them. */
function holds(patterns: readonly string[], now: number): RawBuilder<boolean> {
  const matches = sql`(g.package_pattern || '') in (${sql.join(patterns)}) and ${inForce(now)}`;
  return sql<boolean>`(
    exists (select 1 from grants g where g.token = tokens.id and ${matches})
    or tokens.access = 'customer' and exists (select 1 from grants g where g.customer = tokens.customer and ${matches})
  )`;
}

/** Lapsed and revoked ones too. */
export async function listGrantsOfCustomers(db: Db, customers: readonly string[]): Promise<GrantRow[]> {
  if (customers.length === 0) return [];
  return await db.selectFrom("grants").selectAll().where("customer", "in", customers).orderBy("created_at").execute();
}
