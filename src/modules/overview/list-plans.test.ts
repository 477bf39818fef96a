import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../platform/database/index.ts";
import type { Schema } from "../../schema.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { listLargeQueries } from "../../testing/large-queries.ts";
import { insertManyRows } from "../../testing/many-rows.ts";
import { planOf, recordQueries } from "../../testing/query-plans.ts";

/** Reading all of a table that grows with every sale or record; SQLite names the alias, a table's is one letter. */
const WHOLE_TABLE = {
  sqlite:
    /^SCAN (?:tokens|customers|audit_events|grants|token_usage|version_downloads|token_words|rotated_secrets|[ctgewxr])(?!.* USING )/,
  postgres:
    /Seq Scan on (?:tokens|customers|audit_events|grants|token_usage|version_downloads|token_words|rotated_secrets)\b/,
};

describe.each(testEngines)("lists, searches and sums on %s", (engine) => {
  // At 100,000 tokens and 1,000,000 records the difference is between a millisecond and seconds.
  test("never read a whole table that grows with the business", async () => {
    await using test = await createTestDatabase(engine);
    await insertManyRows(test.database, { tokens: 3_000, events: 6_000 });
    if (engine === "postgres") {
      // Of so few rows it would rather read all of them; it does still where no index can be used.
      const name = new URL("databaseUrl" in test.location ? test.location.databaseUrl : "").pathname.slice(1);
      await sql`alter database ${sql.ref(name)} set enable_seqscan = off`.execute(test.database.db);
    }
    const database =
      "databaseUrl" in test.location
        ? openDatabase<Schema>({ url: test.location.databaseUrl, sqliteFile: "", onError: () => undefined })
        : test.database;
    try {
      const recorded = recordQueries(database);
      const offences: string[] = [];
      for (const [name, run] of Object.entries(listLargeQueries(recorded.database))) {
        recorded.queries.length = 0;
        await run();
        expect(recorded.queries.length, name).toBeGreaterThan(0);
        for (const query of [...recorded.queries]) {
          const whole = (await planOf(database, query)).filter((step) => WHOLE_TABLE[engine].test(step.trim()));
          offences.push(...whole.map((step) => `${name}: ${step.trim()}`));
        }
      }
      expect(offences).toEqual([]);
    } finally {
      if (database !== test.database) await database.close();
    }
  });
});
