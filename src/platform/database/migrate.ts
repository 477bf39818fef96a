import { Migrator } from "kysely/migration";
import type { Migration } from "kysely/migration";
import type { Kysely } from "kysely";
import { messageOf } from "../errors.ts";

/**
 * Brings the schema up to date and returns the names of what ran. Two processes may call it at once: Kysely takes a
 * lock, and on SQLite the write lock of the transaction is one. Each migration is applied whole or not at all.
 */
export async function migrateToLatest<Schema>(
  db: Kysely<Schema>,
  migrations: Record<string, Migration>,
): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    throw new Error(`migration ${failed ?? ""} failed: ${messageOf(error)}`, { cause: error });
  }
  return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
}
