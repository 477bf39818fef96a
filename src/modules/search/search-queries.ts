import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Db } from "../../schema.ts";
import type { SearchRule } from "./search-rules.ts";

/** How many a rule may find before asking each row of the list is the cheaper way to a full page. */
const FOUND_MAX = 2_000;

/**
 * The condition that a row of `customers` or `tokens` (`idColumn`) is found by one of the rules. What finds little is
 * looked up first, each rule in its own index, and the list reads just these rows. A rule that finds much, such as the
 * first letters of every address, is asked row by row in the order of the list, where a page is full before long.
 */
export async function matching(
  db: Db,
  idColumn: "customers.id" | "tokens.id",
  rules: readonly SearchRule[],
): Promise<RawBuilder<boolean>> {
  const lookUps = rules.map(
    ({ ids }, rule) => sql`select id, ${sql.lit(rule)} as rule from (${ids} limit ${sql.lit(FOUND_MAX + 1)}) as found`,
  );
  const { rows } = await sql<{ id: string; rule: number }>`${sql.join(lookUps, sql` union all `)}`.execute(db);
  const found = Map.groupBy(rows, (row) => row.rule);
  const conditions: RawBuilder<boolean>[] = [];
  const ids = new Set<string>();
  rules.forEach(({ matches }, rule) => {
    const few = found.get(rule) ?? [];
    if (few.length > FOUND_MAX) conditions.push(matches);
    else for (const { id } of few) ids.add(id);
  });
  if (ids.size > 0) conditions.push(sql`${sql.ref(idColumn)} in (${sql.join([...ids])})`);
  return conditions.length === 0 ? sql`1 = 0` : sql`(${sql.join(conditions, sql` or `)})`;
}
