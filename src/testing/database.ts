import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { migrateToLatest, openDatabase } from "../platform/database/index.ts";
import type { Database, Schema } from "../schema.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Both engines, for `describe.each`: a query that runs on one only is a defect. */
export const testEngines = ["sqlite", "postgres"] as const;
export type TestEngine = (typeof testEngines)[number];

export interface TestDatabase extends AsyncDisposable {
  database: Database;
  /** What a second process would need to open the same database. */
  location: { databaseUrl: string } | { dataDir: string };
}

/** An empty database of its own, migrated wholly unless told: a file, or a schema-less database on the PostgreSQL server of the run. */
export async function createTestDatabase(
  engine: TestEngine,
  applied: Parameters<typeof migrateToLatest>[1] = migrations,
): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "package-broker-test-"));
  const name = `test_${randomBytes(8).toString("hex")}`;
  const adminUrl = inject("postgresUrl");
  if (engine === "postgres") await runOnPostgres(adminUrl, `create database ${name}`);
  const url = engine === "postgres" ? Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href : undefined;
  let isDisposing = false;
  const onError = (error: Error) => {
    // Dropping the database at the end cuts off connections the pool is still closing.
    if (!isDisposing) throw error;
  };
  const database = openDatabase<Schema>({ url, sqliteFile: join(directory, "package-broker.db"), onError });
  await migrateToLatest(database.db, applied);
  return {
    database,
    location: url === undefined ? { dataDir: directory } : { databaseUrl: url },
    async [Symbol.asyncDispose]() {
      isDisposing = true;
      await database.close();
      if (engine === "postgres") await runOnPostgres(adminUrl, `drop database ${name} with (force)`);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function runOnPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
