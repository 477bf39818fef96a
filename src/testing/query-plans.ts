import { CompiledQuery, createQueryId } from "kysely";
import type { Kysely } from "kysely";
import type { Database, Schema } from "../schema.ts";

/** The same database, and every query that goes through it, for a look at their plans. */
export function recordQueries(database: Database): { database: Database; queries: CompiledQuery[] } {
  const queries: CompiledQuery[] = [];
  const executor = database.db.getExecutor();
  const db: Kysely<Schema> = database.db.withPlugin({
    transformQuery({ node }) {
      queries.push(executor.compileQuery(node, createQueryId()));
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return { database: { ...database, db }, queries };
}

/** How the engine goes about a query, a line for each step. */
export async function planOf(database: Database, query: CompiledQuery): Promise<string[]> {
  if (database.engine === "sqlite") {
    const explained = CompiledQuery.raw(`explain query plan ${query.sql}`, [...query.parameters]);
    const { rows } = await database.db.executeQuery<{ detail: string }>(explained);
    return rows.map((row) => row.detail);
  }
  const explained = CompiledQuery.raw(`explain (costs off) ${query.sql}`, [...query.parameters]);
  const { rows } = await database.db.executeQuery<Record<"QUERY PLAN", string>>(explained);
  return rows.map((row) => row["QUERY PLAN"]);
}
