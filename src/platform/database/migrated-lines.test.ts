import { sql } from "kysely";
import { expect, test } from "vitest";
import { migrations } from "../../../migrations/index.ts";
import { restoreGrantsOfCustomer } from "../../modules/customer-grants/index.ts";
import type { CancelledSince } from "../../modules/customer-grants/index.ts";
import { testBudgets } from "../../testing/budgets.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { Schema } from "../../schema.ts";
import type { Kysely } from "kysely";
import { migrateToLatest } from "./index.ts";

const AT = 1_799_000_000;
const BOUND = '["acme/"]';

interface OldLine {
  order?: string;
  line?: string;
  at?: number;
  terms?: Record<string, unknown>;
  byReceipt?: boolean;
  revocations?: unknown[];
  releases?: unknown[];
}

const termsOf = (...patterns: string[]) => ({
  ...{ patterns, constraint: null, stability: null, updatesUntil: null, startsAt: null, expiresAt: null },
  withDependencies: false,
});

async function addLine(db: Kysely<Schema>, one: OldLine): Promise<void> {
  const { order = "order", line = "1", at = null, terms = null, revocations = [], releases = [] } = one;
  const byReceipt = one.byReceipt === true ? 1 : 0;
  await sql`insert into grant_lines (customer, order_id, line, granted_at, granted_by_receipt, terms, dependencies,
    revocations, releases, created_at, updated_at) values ('cust_1', ${order}, ${line}, ${at}, ${byReceipt},
    ${terms === null ? null : JSON.stringify(terms)}, '["acme/dep"]', ${JSON.stringify(revocations)},
    ${JSON.stringify(releases)}, 1, 2)`.execute(db);
}

async function addGrant(db: Kysely<Schema>, id: string, line: string, pattern: string): Promise<void> {
  await sql`insert into grants (id, token, customer, package_pattern, order_id, line, created_at, updated_at)
    values (${id}, null, 'cust_1', ${pattern}, 'order', ${line}, 1, 1)`.execute(db);
}

test.each(testEngines)("an older release's order lines are rows by bound after 0012, on %s", async (engine) => {
  const older = Object.entries(migrations).filter(([name]) => name < "0012");
  await using made = await createTestDatabase(engine, Object.fromEntries(older));
  const { db } = made.database;
  const within = ["acme/"];
  const revokedBefore = { revocations: [{ at: AT - 50, within: null }], releases: [] };
  await sql`insert into shops values ('default', 1)`.execute(db);
  await sql`insert into customers (id, shop, customer_id, created_at, updated_at, revoked_at, revocation,
    cancellations_before) values ('cust_1', 'default', '42', 1, 1, ${AT}, 1, ${JSON.stringify(revokedBefore)})`.execute(
    db,
  );
  const beneath = { at: AT - 9, since: AT - 7, isByReceipt: true, dependencies: [], within: null, beneath: null };
  await addLine(db, { line: "1", at: AT - 5, terms: termsOf("acme/core"), revocations: [AT - 4] });
  await addLine(db, {
    ...{
      line: "2",
      at: AT - 5,
      terms: { ...termsOf("acme/core"), within, beneath: { ...beneath, terms: termsOf("acme/a") } },
    },
    ...{ revocations: [{ at: AT - 3, within }, AT - 6], releases: [{ at: AT - 2, within }] },
  });
  await addLine(db, { order: "", line: "", revocations: [AT - 50, AT] });
  await addGrant(db, "grant_1", "1", "acme/core");
  await addGrant(db, "grant_2", "2", "acme/core");

  expect(await migrateToLatest(db, migrations)).toEqual(Object.keys(migrations).slice(older.length));

  const rows = await db.selectFrom("grant_lines").selectAll().orderBy("line").orderBy("bound").execute();
  const read = rows.map(({ line, bound, granted_at, terms, revocations, releases }) => ({
    ...{ line, bound, granted_at, patterns: terms && (JSON.parse(terms) as { patterns: string[] }).patterns },
    revocations: (JSON.parse(revocations) as { at: number }[]).map(({ at }) => at),
    releases: (JSON.parse(releases) as { at: number }[]).map(({ at }) => at),
  }));
  const none = { revocations: [], releases: [] };
  expect(read).toEqual([
    { line: "", bound: "", granted_at: null, patterns: null, revocations: [AT - 50, AT], releases: [] },
    { ...none, line: "1", bound: "", granted_at: AT - 5, patterns: ["acme/core"], revocations: [AT - 4] },
    { ...none, line: "2", bound: "", granted_at: AT - 9, patterns: ["acme/a"], revocations: [AT - 6] },
    {
      ...{ line: "2", bound: BOUND, granted_at: AT - 5, patterns: ["acme/core"] },
      ...{ revocations: [AT - 3], releases: [AT - 2] },
    },
  ]);
  expect(rows.map(({ terms }) => terms?.includes("within") ?? false)).not.toContain(true);
  const grants = await db.selectFrom("grants").select(["line", "line_bound"]).orderBy("line").execute();
  expect(grants).toEqual([
    { line: "1", line_bound: "" },
    { line: "2", line_bound: BOUND },
  ]);
  // What the last revocation of the customer added is told apart from what was cancelled before.
  const { cancellations_before: before } = await db
    .selectFrom("customers")
    .select("cancellations_before")
    .executeTakeFirstOrThrow();
  const { receipt } = JSON.parse(before ?? "{}") as { receipt: number };
  const ofCustomer = JSON.parse(rows[0]?.revocations ?? "[]") as { at: number; receipt: number }[];
  expect(ofCustomer.filter((one) => one.receipt > receipt).map(({ at }) => at)).toEqual([AT]);
});

// What decided between callers with a bound and others was a second time of the purchase, ahead of its own.
test.each(testEngines)(
  "a migrated line stands as it stood, and its customer's revocation is undone, on %s",
  async (engine) => {
    const older = Object.entries(migrations).filter(([name]) => name < "0012");
    await using made = await createTestDatabase(engine, Object.fromEntries(older));
    const { database } = made;
    const { db } = database;
    const within = ["acme/"];
    await sql`insert into shops values ('default', 1)`.execute(db);
    await sql`insert into customers (id, shop, customer_id, created_at, updated_at, revoked_at, revocation,
    cancellations_before) values ('cust_1', 'default', '42', 1, 1, ${AT}, 1, '{"revocations":[],"releases":[]}')`.execute(
      db,
    );
    await addLine(db, { order: "", line: "", revocations: [AT] });
    const ahead = { ...termsOf("acme/core"), since: AT - 5 };
    const sold = { at: AT - 9, terms: ahead, byReceipt: true };
    const lines: Record<string, Partial<OldLine>> = {
      untouched: {},
      "cancelled within a bound, before the second time": { revocations: [{ at: AT - 6, within }] },
      "cancelled within a bound since": { revocations: [{ at: AT - 5, within }] },
      "cancelled within another bound": { revocations: [{ at: AT - 1, within: ["globex/"] }] },
      "cancelled by anybody between the two times": { revocations: [AT - 7] },
      "cancelled by anybody before": { revocations: [AT - 10] },
    };
    for (const [line, one] of Object.entries(lines)) {
      await addLine(db, { ...sold, line, ...one });
      await addGrant(db, `grant_${line}`, line, "acme/core");
    }
    await sql`update grants set revoked_at = ${AT}`.execute(db);
    await migrateToLatest(db, migrations);
    const { cancellations_before: before } = await db.selectFrom("customers").selectAll().executeTakeFirstOrThrow();
    const since = JSON.parse(before ?? "{}") as CancelledSince;
    await database.transaction((trx, changed) =>
      restoreGrantsOfCustomer({ budgets: testBudgets.customer }, trx, changed, "cust_1", since, AT),
    );
    const alive = await db
      .selectFrom("grants")
      .select("line")
      .where("revoked_at", "is", null)
      .orderBy("line")
      .execute();
    expect([...new Set(alive.map(({ line }) => line))].sort()).toEqual([
      ...["cancelled by anybody before", "cancelled within a bound, before the second time"],
      ...["cancelled within another bound", "untouched"],
    ]);
  },
);
