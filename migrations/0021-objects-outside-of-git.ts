import type { Kysely } from "kysely";

/** Whether a source's submodules are delivered, which ones it has, and in which archives they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("sources").addColumn("submodules", "text").execute();
  await db.schema.alterTable("sources").addColumn("submodule_paths", "text").execute();
  await db.schema.alterTable("archives").addColumn("submodules", "integer").execute();
}
