import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * A row for each line of an order *and* package bound, in place of one row that held all of it: what was told within a
 * bound gets a row of its own (docs/decisions/0024-one-row-per-line-and-bound.md). An older process cannot write order
 * lines any more: it is refused, and the shop tells it again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("customers")
    .addColumn("last_receipt", "bigint", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable("grants")
    .addColumn("line_bound", "text", (c) => c.notNull().defaultTo(""))
    .execute();
  await createLines(db);
  await copyLines(db);
  await db.schema.dropTable("grant_lines").execute();
  await db.schema.alterTable("grant_lines_by_bound").renameTo("grant_lines").execute();
  await sql`update customers set cancellations_before = ${JSON.stringify({ receipt: BEFORE_LAST_REVOCATION })}
    where cancellations_before is not null`.execute(db);
}

/** In a table of its own first: SQLite cannot change a primary key. */
async function createLines(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("grant_lines_by_bound")
    .addColumn("customer", "text", (c) => c.notNull().references("customers.id"))
    .addColumn("order_id", "text", (c) => c.notNull())
    .addColumn("line", "text", (c) => c.notNull())
    .addColumn("bound", "text", (c) => c.notNull().defaultTo(""))
    .addColumn("granted_at", "bigint")
    .addColumn("granted_receipt", "bigint", (c) => c.notNull().defaultTo(0))
    .addColumn("granted_by_receipt", "integer", (c) => c.notNull())
    .addColumn("terms", "text")
    .addColumn("dependencies", "text", (c) => c.notNull())
    .addColumn("revocations", "text", (c) => c.notNull())
    .addColumn("releases", "text", (c) => c.notNull())
    .addColumn("suspended_at", "bigint")
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("updated_at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("grant_lines_by_bound_pk", ["customer", "order_id", "line", "bound"])
    .execute();
}

interface OldLine {
  customer: string;
  order_id: string;
  line: string;
  granted_at: number | null;
  granted_by_receipt: number;
  terms: string | null;
  dependencies: string;
  revocations: string;
  releases: string;
  created_at: number;
  updated_at: number;
  /** Of its customer. */
  cancellations_before: string | null;
}

const ROWS_AT_ONCE = 500;

async function copyLines(db: Kysely<unknown>): Promise<void> {
  let last = { customer: "", order_id: "", line: "" };
  for (;;) {
    const { rows } = await sql<OldLine>`select grant_lines.*, customers.cancellations_before
      from grant_lines join customers on customers.id = grant_lines.customer
      where (grant_lines.customer, order_id, line) > (${last.customer}, ${last.order_id}, ${last.line})
      order by grant_lines.customer, order_id, line limit ${ROWS_AT_ONCE}`.execute(db);
    for (const row of rows) await copyLine(db, row);
    const final = rows.at(-1);
    if (final === undefined) return;
    last = final;
  }
}

async function copyLine(db: Kysely<unknown>, row: OldLine): Promise<void> {
  const { customer, order_id, line } = row;
  for (const { bound, purchase, revocations, releases } of recordsOf(row)) {
    await sql`insert into grant_lines_by_bound (customer, order_id, line, bound, granted_at, granted_receipt,
      granted_by_receipt, terms, dependencies, revocations, releases, created_at, updated_at) values (
      ${customer}, ${order_id}, ${line}, ${bound}, ${purchase?.at ?? null}, ${purchase?.receipt ?? 0},
      ${purchase?.isByReceipt === true ? 1 : 0}, ${purchase === null ? null : JSON.stringify(purchase.terms)},
      ${JSON.stringify(purchase?.dependencies ?? [])}, ${JSON.stringify(revocations)}, ${JSON.stringify(releases)},
      ${row.created_at}, ${row.updated_at})`.execute(db);
  }
  const { within = null } = readTerms(row.terms) ?? {};
  if (within === null) return;
  // What is in force follows from what was told within the bound.
  await sql`update grants set line_bound = ${keyOf(within)}
    where customer = ${customer} and order_id = ${order_id} and line = ${line}`.execute(db);
}

type Bound = string[] | null;
type OldCancellation = number | { at: number; within: Bound };

interface OldPurchase {
  at: number;
  since: number;
  isByReceipt: boolean;
  terms: Record<string, unknown>;
  dependencies: string[];
}

interface OldTerms extends Record<string, unknown> {
  within?: Bound;
  beneath?: OldPurchase | null;
  since?: number;
}

interface NewCancellation {
  at: number;
  receipt: number;
  isByReceipt: boolean;
}

interface NewRecord {
  bound: string;
  purchase: (Omit<OldPurchase, "since"> & { receipt: number }) | null;
  revocations: NewCancellation[];
  releases: NewCancellation[];
}

/**
 * Receipts that keep what was decided: a cancellation without a bound goes by its time alone, so it has a later receipt
 * than every purchase; one within a bound goes by when the purchase happened *towards it* (`since`). Those since the
 * last revocation of the customer have the latest ones, to be undone by. All are far below the receipts of today.
 */
const WITHOUT_BOUND = 10_000_000_000;
const BEFORE_LAST_REVOCATION = 2 * WITHOUT_BOUND;

function recordsOf(row: OldLine): NewRecord[] {
  const records = new Map<string, NewRecord>();
  const recordFor = (bound: string) => {
    const record = records.get(bound) ?? { bound, purchase: null, revocations: [], releases: [] };
    records.set(bound, record);
    return record;
  };
  recordPurchases(row, recordFor);
  const ofCustomer = row.order_id === "" && row.cancellations_before !== null;
  const before = JSON.parse(row.cancellations_before ?? "{}") as Partial<Record<CancellationKind, OldCancellation[]>>;
  for (const kind of ["revocations", "releases"] as const) {
    const known = new Set((before[kind] ?? []).map((one) => JSON.stringify(readCancellation(one))));
    for (const one of (JSON.parse(row[kind]) as OldCancellation[]).map(readCancellation)) {
      const isUndoable = ofCustomer && !known.has(JSON.stringify(one));
      const receipt = one.at + (one.within === null ? WITHOUT_BOUND : 0);
      recordFor(keyOf(one.within))[kind].push({
        ...{ at: one.at, isByReceipt: false },
        receipt: isUndoable ? BEFORE_LAST_REVOCATION + one.at : receipt,
      });
    }
  }
  // Of a restored customer nothing is left but that it was told something.
  if (records.size === 0) recordFor("");
  return [...records.values()];
}

type CancellationKind = "revocations" | "releases";

function recordPurchases(row: OldLine, recordFor: (bound: string) => NewRecord): void {
  const { granted_at: at } = row;
  const stored = readTerms(row.terms);
  if (at === null || stored === undefined) return;
  const { within = null, beneath = null, since = at, ...terms } = stored;
  const isByReceipt = row.granted_by_receipt === 1;
  const dependencies = JSON.parse(row.dependencies) as string[];
  recordFor(keyOf(within)).purchase = purchaseOf({ at, since, isByReceipt, terms, dependencies });
  if (beneath !== null) recordFor("").purchase = purchaseOf(beneath);
}

function purchaseOf({ at, since, isByReceipt, terms, dependencies }: OldPurchase): NewRecord["purchase"] {
  return { at, receipt: since, isByReceipt, terms: { ...terms, graceDays: 0 }, dependencies };
}

function readTerms(text: string | null): OldTerms | undefined {
  return text === null ? undefined : (JSON.parse(text) as OldTerms);
}

function readCancellation(one: OldCancellation): { at: number; within: Bound } {
  return typeof one === "number" ? { at: one, within: null } : { at: one.at, within: one.within };
}

function keyOf(bound: Bound): string {
  return bound === null ? "" : JSON.stringify([...bound].sort());
}
