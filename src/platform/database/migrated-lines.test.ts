import { sql } from "kysely";
import { expect, test } from "vitest";
import { migrations } from "../../../migrations/index.ts";
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
  revocations?: unknown[];
  releases?: unknown[];
}

const termsOf = (...patterns: string[]) => ({
  ...{ patterns, constraint: null, stability: null, updatesUntil: null, startsAt: null, expiresAt: null },
  withDependencies: false,
});

async function addLine(db: Kysely<Schema>, one: OldLine): Promise<void> {
  const { order = "order", line = "1", at = null, terms = null, revocations = [], releases = [] } = one;
  await sql`insert into grant_lines (customer, order_id, line, granted_at, granted_by_receipt, terms, dependencies,
    revocations, releases, created_at, updated_at) values ('cust_1', ${order}, ${line}, ${at}, 0,
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
