import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import Database from "better-sqlite3";
import { LARGE_PACKAGE } from "./broker.ts";

const TOKENS = 1_000_000;
const PACKAGES = 5_000;
const VERSIONS_OF_EACH = 20;
const VENDORS = 50;
const ROWS_OF_A_TRANSACTION = 100_000;

type Row = Record<string, unknown>;

/**
 * Fills a data directory with copies of rows that the server itself made, so that a new column needs no change here;
 * straight through SQL, because by the API it would take an hour. Returns the size of the database in MB.
 */
export async function enlarge(dataDir: string): Promise<number> {
  const file = path.join(dataDir, "package-broker.db");
  const database = new Database(file);
  database.pragma("synchronous = OFF");
  addTokens(database);
  addPackages(database);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
  return (await stat(file)).size / 1024 / 1024;
}

/** Every token with one grant, for one of the vendors. */
function addTokens(database: Database.Database): void {
  const token = anyRow(database, "select * from tokens limit 1");
  const grant = anyRow(database, "select * from grants where token is not null limit 1");
  addCopies(database, "tokens", token, TOKENS, (index) => ({
    ...{ id: `token_bench${index}`, secret_hash: digest("sha256", `token ${index}`), unique_order_id: null },
    ...{ order_id: `order_${index}`, customer_email: `buyer-${index}@example.com` },
  }));
  addCopies(database, "grants", grant, TOKENS, (index) => ({
    ...{ id: `grant_bench${index}`, token: `token_bench${index}`, package_pattern: `vendor-${index % VENDORS}/` },
  }));
}

function addPackages(database: Database.Database): void {
  const hosted = anyRow(database, "select * from packages where name = ?", LARGE_PACKAGE);
  const version = anyRow(database, "select * from versions where package = ? limit 1", hosted["id"]);
  addCopies(database, "packages", hosted, PACKAGES, (index) => ({
    ...{ id: `pkg_bench${index}`, name: `vendor-${index % VENDORS}/package-${index}` },
  }));
  addCopies(database, "versions", version, PACKAGES * VERSIONS_OF_EACH, (index) => ({
    id: `evt_bench${index}`,
    package: `pkg_bench${index % PACKAGES}`,
    ...{ version: `1.${Math.floor(index / PACKAGES)}.0`, version_normalized: `1.${Math.floor(index / PACKAGES)}.0.0` },
    reference: digest("sha1", `version ${index}`),
  }));
}

function anyRow(database: Database.Database, query: string, ...values: unknown[]): Row {
  const row = database.prepare(query).get(...values);
  if (row === undefined) throw new Error(`There is no row to copy: ${query}`);
  return row as Row;
}

function addCopies(
  database: Database.Database,
  table: string,
  template: Row,
  count: number,
  changes: (index: number) => Row,
): void {
  const columns = Object.keys(template);
  const insert = database.prepare(
    `insert into ${table} (${columns.join(", ")}) values (${columns.map((name) => `@${name}`).join(", ")})`,
  );
  const addSome = database.transaction((first: number, end: number) => {
    for (let index = first; index < end; index++) insert.run({ ...template, ...changes(index) });
  });
  for (let first = 0; first < count; first += ROWS_OF_A_TRANSACTION) {
    addSome(first, Math.min(count, first + ROWS_OF_A_TRANSACTION));
  }
}

function digest(algorithm: "sha1" | "sha256", text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}
