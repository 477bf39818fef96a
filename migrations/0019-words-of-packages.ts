import { sql } from "kysely";
import type { Kysely } from "kysely";

/** What a vendor says of a package and where buyers get help, and the words that `composer search` looks in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("packages").addColumn("abandoned_by_vendor", "text").execute();
  await db.schema.alterTable("packages").addColumn("successor", "text").execute();
  await db.schema.alterTable("packages").addColumn("search_words", "text").execute();
  await db.schema.alterTable("packages").addColumn("help", "text").execute();
  await db.schema.alterTable("versions").addColumn("search_words", "text").execute();
  await db.schema.alterTable("shops").addColumn("help", "text").execute();
  await db.schema
    .createIndex("packages_by_successor")
    .on("packages")
    .column("successor")
    .where(sql.ref("successor"), "is not", null)
    .execute();
}
