import type { Kysely } from "kysely";

/** Reports of installs name versions by their numbers, and a package may have thousands. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex("versions_by_package_version_normalized")
    .on("versions")
    .columns(["package", "version_normalized"])
    .execute();
}
