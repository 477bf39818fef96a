import type { Kysely } from "kysely";

/**
 * What proves that a record was written with the key, and by which key its link was made. Records of the release
 * before have neither; `refused_at` is when one was found not to be genuine.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [name, type] of [
    ["mac", "text"],
    ["chain_key", "text"],
    ["refused_at", "bigint"],
  ] as const) {
    await db.schema.alterTable("audit_events").addColumn(name, type).execute();
  }
}
