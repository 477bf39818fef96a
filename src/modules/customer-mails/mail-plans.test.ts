import { expect, test } from "vitest";
import { createTestDatabase } from "../../testing/database.ts";
import { planOf, recordQueries } from "../../testing/query-plans.ts";
import { listDueMails } from "./mail-queries.ts";
import { listLinesToRemind, listTokensToRemind } from "./token-mail-queries.ts";

// The first of them is asked every second, the others look through everything that ends within weeks.
test("what the worker looks for is found by indexes, without sorting and without reading everything", async () => {
  await using made = await createTestDatabase("sqlite");
  const { database, queries } = recordQueries(made.database);
  const window = { from: 1, to: 2, daysAhead: 3 };
  await listDueMails(database.db, 1, 8);
  await listTokensToRemind(database.db, window, { expires_at: 1, id: "" }, 500);
  await listLinesToRemind(database.db, window, { expires_at: 1, id: "" }, 500);
  const plans = await Promise.all(queries.map((query) => planOf(made.database, query)));
  const indexes = [
    "customer_mails_pending",
    "tokens_notified_by_expires_at_id",
    "grants_of_customers_by_expires_at_id",
  ];
  for (const [index, name] of indexes.entries()) {
    const plan = plans[index]?.join("\n") ?? "";
    expect(plan).toContain(`USING INDEX ${name} (`);
    expect(plan).not.toMatch(/\bSCAN\b|TEMP B-TREE/);
  }
});
