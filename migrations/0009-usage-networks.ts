import { sql } from "kysely";
import type { Kysely } from "kysely";

/** From how many networks a token is used, and batches of counts that were written already. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("usage_flushes")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("written_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("usage_flushes_by_written_at").on("usage_flushes").column("written_at").execute();
  await db.schema
    .createTable("token_networks")
    .addColumn("token", "text", (c) => c.notNull().references("tokens.id"))
    .addColumn("day", "bigint", (c) => c.notNull())
    .addColumn("network", "text", (c) => c.notNull())
    .addColumn("ci_only", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("token_networks_pk", ["token", "day", "network"])
    .execute();
  await db.schema.createIndex("token_networks_by_day").on("token_networks").column("day").execute();
  await db.schema
    .createTable("token_sharing")
    .addColumn("token", "text", (c) => c.primaryKey().references("tokens.id"))
    .addColumn("suspected_at", "bigint", (c) => c.notNull())
    .addColumn("networks", "bigint", (c) => c.notNull())
    .addColumn("days", "bigint", (c) => c.notNull())
    .addColumn("dismissed_at", "bigint")
    .addColumn("accepted_networks", "bigint")
    .execute();
  await db.schema
    .createIndex("token_sharing_by_suspected_at_token")
    .on("token_sharing")
    .columns(["suspected_at", "token"])
    .execute();
  // A day of downloads can be read in pieces.
  await db.schema
    .createIndex("version_downloads_by_day_key")
    .on("version_downloads")
    .columns(["day", "token", "package", "version_normalized"])
    .execute();
  await db.schema.dropIndex("version_downloads_by_day").execute();
  // Hours that are not a whole day yet: what the upkeep still has to look at.
  await db.schema
    .createIndex("token_usage_by_hour_within_day")
    .on("token_usage")
    .column("hour")
    .where(sql<boolean>`hour % 86400 <> 0`)
    .execute();
}
